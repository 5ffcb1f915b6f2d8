"""Labels as people write them, each case on a service of its own, with names of routers and middlewares of its own.

A case without a port of a service gets one: `traefik.http.services.CASE.loadbalancer.server.port=80`.
"""

from phoenix.model.traefik.fields import fields_of

H = "traefik.http"
R, S, M = f"{H}.routers", f"{H}.services", f"{H}.middlewares"


def host(name: str, path: str = "") -> str:
    rule = f"Host(`{name}.example.test`)"
    return f"{R}.{name}.rule={rule} && PathPrefix(`{path}`)" if path else f"{R}.{name}.rule={rule}"


CASES: dict[str, list[str]] = {
    "plain": [host("plain"), f"{R}.plain.entrypoints=websecure"],
    "admin-auth": [
        host("admin-auth"),
        f"{M}.admin-auth.basicauth.users=admin:$$apr1$$H6uskkkW$$IgXLP6ewTrSuBkTrqE8wj/,other:$$2y$$05$$abc",
        f"{R}.admin-auth.middlewares=admin-auth",
    ],
    "shop": [host("shop"), f"{R}.shop.priority=1"],
    "shop-api": [
        f"{R}.shop-api.rule=Host(`shop.example.test`) && (PathPrefix(`/api`) || Path(`/health`)) && !Method(`TRACE`)",
        f"{R}.shop-api.priority=100",
    ],
    "several-ports": [
        host("several-web"),
        host("several-admin"),
        f"{R}.several-web.service=several-web",
        f"{R}.several-admin.service=several-admin",
        f"{S}.several-web.loadbalancer.server.port=80",
        f"{S}.several-admin.loadbalancer.server.port=81",
    ],
    "two-routers": [host("two-a"), host("two-b", "/b"), f"{S}.two.loadbalancer.server.port=80"],
    "two-hosts": [f"{R}.two-hosts.rule=Host(`one.example.test`) || Host(`Other.Example.test`)"],
    "headers": [
        host("headers"),
        f"{M}.headers.headers.customresponseheaders.X-Robots-Tag=none,noarchive, nosnippet",
        f"{M}.headers.headers.customresponseheaders.X-Empty=",
        f"{M}.headers.headers.customresponseheaders.X-List[0]=a",
        f'{M}.headers.headers.customrequestheaders.X-Script.Name.Part=a=b; c=`d` {{{{ env "HOME" }}}} {{{{{{',
        f"{M}.headers.headers.customrequestheaders.x-Lower-Kept=off",
        f"{M}.headers.headers.accesscontrolallowmethods=GET, OPTIONS,PUT",
        f"{M}.headers.headers.stsseconds=31536000",
        f"{M}.headers.headers.stsIncludeSubdomains=T",
        f"{M}.headers.headers.framedeny=0",
        f"{M}.headers.headers.browserXssFilter=true",
        f"{M}.headers.headers.contentsecuritypolicy=default-src 'self'; img-src *: data",
        f"{R}.headers.middlewares=headers@docker",
    ],
    "allowed": [
        host("allowed"),
        f"{M}.allowed.ipallowlist.sourcerange=10.0.0.0/8, 192.168.7.0/24,127.0.0.1/32",
        f"{M}.allowed.ipallowlist.ipstrategy.depth=1",
        f"{R}.allowed.middlewares=allowed@swarm",
    ],
    "ip-strategy": [
        host("ip-strategy"),
        f"{M}.ipst.ipallowlist.sourcerange=::1",
        f"{M}.ipst.ipallowlist.ipstrategy.depth=2",
    ],
    "forward": [
        host("forward"),
        f"{M}.forward.forwardauth.address=https://auth.example.test/api/verify?rd=https://auth.example.test/",
        f"{M}.forward.forwardauth.trustForwardHeader=true",
        f"{M}.forward.forwardauth.authResponseHeaders=Remote-User,Remote-Groups",
        f"{M}.forward.forwardauth.tls.insecureskipverify=true",
        f"{M}.forward.forwardauth.maxbodysize=-1",
        f"{R}.forward.middlewares=forward",
    ],
    "strip": [
        host("strip", "/strip"),
        f"{M}.strip.stripprefix.prefixes=/strip,/other",
        f"{R}.strip.middlewares=strip",
    ],
    "regex": [
        host("regex", "/v1"),
        f"{M}.regex-strip.stripprefixregex.regex=^/v[0-9]+,/x{{{{2}}}}",
        f"{M}.regex-redirect.redirectregex.regex=^https://www\\.(.*)$$",
        f"{M}.regex-redirect.redirectregex.replacement=https://$${{1}}",
        f"{M}.regex-redirect.redirectregex.permanent=true",
        f"{M}.regex-path.replacepathregex.regex=^/a/(.*)",
        f"{M}.regex-path.replacepathregex.replacement=/b/$$1",
        f"{R}.regex.middlewares=regex-redirect,regex-strip , regex-path",
    ],
    "rate": [
        host("rate"),
        f"{M}.rate.ratelimit.average=100",
        f"{M}.rate.ratelimit.burst=50",
        f"{M}.rate.ratelimit.period=1m30s",
        f"{M}.rate.ratelimit.sourcecriterion.requestheadername=X-Key",
        f"{R}.rate.middlewares=rate",
    ],
    "seconds": [
        host("seconds"),
        f"{M}.seconds.ratelimit.average=5",
        f"{M}.seconds.ratelimit.sourcecriterion.requesthost=true",
        f"{M}.seconds.ratelimit.period=10",
    ],
    "chain": [
        host("chain"),
        f"{M}.chain.chain.middlewares=chain-a,chain-b@docker",
        f"{M}.chain-a.addprefix.prefix=/a",
        f"{M}.chain-b.compress=true",
        f"{R}.chain.middlewares=chain",
    ],
    "of-another": [host("of-another"), f"{R}.of-another.middlewares=chain@swarm,admin-auth"],
    "sticky": [
        host("sticky"),
        f"{S}.sticky.loadbalancer.server.port=80",
        f"{S}.sticky.loadbalancer.sticky=true",
        f"{S}.sticky.loadbalancer.sticky.cookie=true",
        f"{S}.sticky.loadbalancer.sticky.cookie.name=lb",
        f"{S}.sticky.loadbalancer.sticky.cookie.secure=true",
        f"{S}.sticky.loadbalancer.sticky.cookie.httpOnly=true",
        f"{S}.sticky.loadbalancer.sticky.cookie.samesite=lax",
    ],
    "sticky-alone": [
        host("sticky-alone"),
        f"{S}.sticky-alone.loadbalancer.server.port=80",
        f"{S}.sticky-alone.loadbalancer.sticky.cookie=TRUE",
    ],
    "h2c": [host("h2c"), f"{S}.h2c.loadbalancer.server.scheme=h2c", f"{S}.h2c.loadbalancer.server.port=80"],
    "https": [
        host("https"),
        f"{S}.https.loadbalancer.server.scheme=https",
        f"{S}.https.loadbalancer.server.port=80",
        f"{S}.https.loadbalancer.serverstransport=default@internal",
    ],
    "checked": [
        host("checked"),
        f"{S}.checked.loadbalancer.server.port=80",
        f"{S}.checked.loadbalancer.healthcheck.path=/health",
        f"{S}.checked.loadbalancer.healthcheck.interval=10s",
        f"{S}.checked.loadbalancer.healthcheck.timeout=3",
        f"{S}.checked.loadbalancer.healthcheck.headers.X-Check=a,b",
        f"{S}.checked.loadbalancer.passhostheader=false",
        f"{S}.checked.loadbalancer.responseforwarding.flushinterval=50ms",
        f"{S}.checked.loadbalancer.strategy=p2c",
    ],
    "weighted": [
        host("weighted"),
        f"{S}.weighted.loadbalancer.server.port=80",
        f"{S}.weighted.loadbalancer.server.weight=3",
        f"{S}.weighted.loadbalancer.server.preservepath=true",
    ],
    "capitals": [
        "traefik.HTTP.Routers.CapiTals.RULE=Host(`capitals.example.test`)",
        "traefik.http.ROUTERS.capitals.Priority=7",
        "traefik.Http.Services.CapiTals.LoadBalancer.Server.Port=80",
        "traefik.http.middleWares.CapiTals.StripPrefix.Prefixes=/x",
        "traefik.http.routers.CAPITALS.Middlewares=CapiTals",
    ],
    "matchers": [
        f'{R}.matchers.rule=HOST("matchers.example.test") && Header(`X-A`, `b`) && HeaderRegexp(`X-B`, `^c.*$$`) '
        "&& Query(`q`) && QueryRegexp(`q`, `1|2`) && PathRegexp(`^/(a|b)`) "
        "&& !(hostregexp(`^x`) || Method(`post`))",
    ],
    "lines": [f"{R}.lines.rule=Host(`lines.example.test`) &&\n  (Path(`/a`) ||\n   Path(`/b`))"],
    "in-out": [
        host("in-out"),
        f"{M}.in-out-buffering.buffering.maxRequestBodyBytes=2000000",
        f"{M}.in-out-buffering.buffering.retryExpression=IsNetworkError() && Attempts() < 2",
        f"{M}.in-out-breaker.circuitbreaker.expression=LatencyAtQuantileMS(50.0) > 100",
        f"{M}.in-out-flight.inflightreq.amount=10",
        f"{M}.in-out-flight.inflightreq.sourcecriterion.requesthost=true",
        f"{R}.in-out.middlewares=in-out-buffering,in-out-breaker,in-out-flight",
    ],
    "errors": [
        host("errors"),
        f"{M}.errors.errors.status=500-599,404",
        f"{M}.errors.errors.statusrewrites.418=404",
        f"{M}.errors.errors.service=plain@docker",
        f"{M}.errors.errors.query=/{{status}}.html?a=1",
        f"{R}.errors.middlewares=errors",
    ],
    "digest": [
        host("digest"),
        f"{M}.digest.digestauth.users=test:traefik:a2688e031edb4be6a3797f3882655c05",
        f"{M}.digest-file.digestauth.usersfile=/etc/traefik/users",
        f"{M}.digest.digestauth.realm= with blanks ",
        f"{R}.digest.middlewares=digest",
    ],
    "redirect": [
        host("redirect"),
        f"{M}.redirect.redirectscheme.scheme=https",
        f"{M}.redirect.redirectscheme.port=8443",
        f"{R}.redirect.middlewares=redirect",
    ],
    "compress": [
        host("compress"),
        f"{M}.compress.compress=true",
        f"{M}.compress-few.compress.encodings=br,gzip",
        f"{R}.compress.middlewares=compress",
    ],
    "dashboard": [host("traefik-of-mine"), f"{R}.traefik-of-mine.service=api@internal"],
    "shared-service": [f"{R}.shared-service.rule=Host(`shared.example.test`)", f"{R}.shared-service.service=plain"],
    "observed": [
        host("observed"),
        f"{R}.observed.observability.accesslogs=false",
        f"{R}.observed.observability.metrics=false",
        f"{R}.observed.observability.tracing=true",
    ],
    "constrained": [
        host("constrained"),
        "traefik.constraint-label=public",
        "traefik.constraint-label-stack=web",
        "traefik.swarm.network=public",
    ],
    "off": [host("off"), "traefik.enable=false"],
    "strings": [
        host("strings"),
        f"{M}.strings-octal.addprefix.prefix=0777",
        f"{M}.strings-yes.addprefix.prefix=yes",
        f"{M}.strings-null.addprefix.prefix=~",
        f"{M}.strings-quotes.addprefix.prefix=/'\"#: [a]",
        f"{M}.strings-date.addprefix.prefix=2001-01-01",
    ],
    "retry": [
        host("retry"),
        f"{M}.retry.retry.attempts=+4",
        f"{M}.retry.retry.initialinterval=.5s",
        f"{R}.retry.middlewares=retry,bridge-restart-of-mine",
        f"{M}.bridge-restart-of-mine.retry.attempts=2",
    ],
}

_SAMPLES = {"bool": "true", "int": "7", "duration": "3s", "string": "a, b", "list of string": "a, b"}


def of_every_field(kind: str, before: str) -> dict[str, str]:
    """A label for every field of a type of Traefik's table and of those below it: key -> value."""
    found: dict[str, str] = {}
    for field in (fields_of(kind) or {}).values():
        key, below = f"{before}.{field.label}", field.type.removeprefix("list of ")
        if field.label == "-" or field.name == "plugin":
            continue
        if field.type in _SAMPLES:
            found[key] = _SAMPLES[field.type]
        elif field.type.startswith("map of "):
            found[f"{key}.A.b"] = "c" if field.type == "map of string" else ""
            if field.type == "map of int":
                found = {**{each: value for each, value in found.items() if value}, f"{key}.500": "404"}
        else:
            found |= of_every_field(below, key)
    return found
