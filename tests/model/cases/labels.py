"""Traefik labels that no route can be made of."""

from tests.model.broken import CERTIFICATES, WEB, WEB_COMPOSE, WORKER, Broken, Edit, Expected, one

PLACE = "environments.production.services.web.traefik_labels"
RULE = "Host(`web.example.test`) || Host(`www.example.test`)"
RULED = f"          - traefik.http.routers.web.rule={RULE}\n"
PORT = "          - traefik.http.services.web.loadbalancer.server.port=80\n"
R, S, M = "traefik.http.routers", "traefik.http.services", "traefik.http.middlewares"


def added(name: str, label: str, allowed: str, *more: str) -> Broken:
    """One more label, which is refused, and further ones, which are not."""
    lines = "".join(f"          - {each}\n" for each in (label, *more))
    return one(name, Edit(WEB, PORT, PORT + lines), Expected(WEB, label, f"{PLACE}[2]", label, allowed))


def fine(name: str, *labels: str) -> Broken:
    """Further labels that are understood."""
    return one(name, Edit(WEB, PORT, PORT + "".join(f"          - {each}\n" for each in labels)))


def ruled(name: str, rule: str, allowed: str) -> Broken:
    """Another rule, which is refused."""
    return one(name, Edit(WEB, RULE, rule), Expected(WEB, "routers.web.rule", f"{PLACE}[0]", rule[:30], allowed))


def composed(name: str, labels: str, *expected: Expected) -> Broken:
    """Labels in the compose file, as YAML behind `labels:`."""
    return one(
        name, Edit(WEB_COMPOSE, "    image: web", f"    image: web\n    deploy:\n      labels:{labels}"), *expected
    )


def other(*labels: str, compose: str = '"9000:80"') -> tuple[Edit, ...]:
    """A second stack on the worker with these labels."""
    lines = "".join(f"\n          - {label}" for label in labels)
    services = f"    services:\n      app:\n        traefik_labels:{lines}\n"
    return (
        Edit(WORKER, "docker_stacks: [web]", "docker_stacks: [web, other]"),
        Edit(
            "stacks/other/stack.yaml",
            "",
            f"description: ''\nenvironments:\n  production:\n{services}",
        ),
        Edit(
            "stacks/other/compose.yaml",
            "",
            f'version: "3.8"\nservices:\n  app:\n    image: app\n    ports: [{compose}]\n',
        ),
    )


OTHER = "stacks/other/stack.yaml"
OTHERS = "environments.production.services.app.traefik_labels"
APP = (f"{R}.app.rule=Host(`app.example.test`)", f"{S}.app.loadbalancer.server.port=80")


def beside(name: str, *labels: str, wrong: int, allowed: str, value: str = "") -> Broken:
    """A second stack beside the first, of which the label of that number is refused."""
    expected = Expected(OTHER, labels[wrong], f"{OTHERS}[{wrong}]", value or labels[wrong], allowed)
    return Broken(name, other(*labels), (expected,))


CASES = (
    # names of fields, and values
    added("field that no router has", f"{R}.web.middleware=x", "has entryPoints, middlewares, observability, priority"),
    added("field that labels cannot set", f"{R}.web.parentrefs=x", "not parentrefs"),
    added("kind that labels cannot define", "traefik.http.serverstransports.x.servername=a", "http has routers"),
    added("kind of middleware that there is not", f"{M}.a.basicauths.users=a:b", "has addPrefix, basicAuth"),
    added("middleware of a plugin", f"{M}.a.plugin.bouncer.enabled=true", "no plugin is installed"),
    added(
        "two kinds in one middleware", f"{M}.a.compress=true", "one kind in a middleware", f"{M}.a.addprefix.prefix=/"
    ),
    added("middleware of no kind", f"{M}.a=true", "traefik.http.middlewares.NAME.FIELD"),
    added(
        "allow-list that sees the gateway only",
        f"{M}.a.ipallowlist.sourcerange=10.0.0.0/8",
        "ipStrategy.depth=1 beside",
    ),
    added("limit that counts all as one", f"{M}.a.ratelimit.average=5", "sourceCriterion.ipStrategy.depth=1"),
    ruled(
        "rule that sees the gateway only", "Host(`web.example.test`) && ClientIP(`10.0.0.0/8`)", "no ClientIP(`...`)"
    ),
    ruled("rule of too many matchers", " || ".join(["Host(`web.example.test`)"] * 2000), "at most 200 matchers"),
    added("number that is none", f"{R}.web.priority=high", "a whole number"),
    added("truth value of YAML", f"{M}.a.headers.framedeny=yes", "true or false"),
    added("duration that is none", f"{M}.a.ratelimit.period=1 minute", "a duration"),
    added("list that is empty", f"{M}.a.stripprefix.prefixes=", "values with commas"),
    added("index in a list of texts", f"{M}.a.stripprefix.prefixes[0]=/x", "nothing stands below it"),
    added("fields below a text", f"{M}.a.addprefix.prefix.x=/x", "nothing stands below it"),
    added("value where fields stand", f"{M}.a.headers=true", "given by its fields", f"{M}.a.headers.framedeny=1"),
    added("middleware that is switched off", f"{M}.a.compress=false", "take it away"),
    added("map without names", f"{M}.a.headers.customrequestheaders=x", "names below it"),
    added("number below a name of a map", f"{M}.a.errors.statusrewrites.1.2=3", "nothing stands below it"),
    added("number in a map that is none", f"{M}.a.errors.statusrewrites.1=x", "a whole number"),
    added("name with an index that is not closed", f"{M}.a.addprefix.prefix]=3", "names with dots"),
    added("empty name", f"{R}..priority=3", "names with dots"),
    added("name with a provider", f"{R}.web@docker.rule=Host(`b.example.test`)", "a name without @"),
    added("root in capitals", "TRAEFIK.http.routers.web.priority=3", "in small letters"),
    added("one label in two spellings", f"{R}.web.Rule=Host(`b.example.test`)", "each label once")._replace(
        expected=(Expected(WEB, "routers.web.rule", f"{PLACE}[0]", "rule", "each label once"),)
    ),
    added("label of Traefik 1", "traefik.port=80", "traefik.enable, traefik.http"),
    added("label of Consul", "traefik.tags=a", "traefik.enable, traefik.http"),
    added("option that the provider does not have", "traefik.swarm.weight=1", "network and lbswarm"),
    added("option of the provider with a wrong value", "traefik.swarm.lbswarm=on", "true or false"),
    added(
        "options of both providers", "traefik.docker.network=a", "takes no service with both", "traefik.swarm.network=a"
    ),
    added("route of another protocol", "traefik.tcp.routers.web.rule=HostSNI(`*`)", "publish the service's port"),
    added("route of datagrams", "traefik.udp.routers.web.entrypoints=dns", "publish the service's port"),
    added("certificate", "traefik.tls.stores.default.defaultgeneratedcert.resolver=le", "config/certificates.yaml"),
    # routers
    added("plain entry point", f"{R}.web.entrypoints=web", "it answers port 80 itself"),
    added("both entry points", f"{R}.web.entrypoints=web,websecure", "take the router of web away"),
    added("router without TLS", f"{R}.web.tls=false", "true: the gateway speaks TLS"),
    added("certificate of ACME", f"{R}.web.tls.certresolver=le", "the CA's alone"),
    added("names of a certificate", f"{R}.web.tls.domains[0].main=example.test", "the CA's alone"),
    added("options of TLS", f"{R}.web.tls.options=modern@file", "the one set of options"),
    added("syntax of Traefik 2", f"{R}.web.rulesyntax=v2", "v3"),
    added("router of a service that nobody defines", f"{R}.web.service=api", "none defines api"),
    added("router with a guard that nobody defines", f"{R}.web.middlewares=guard@docker", "none defines guard"),
    added("guard of a provider that there is not", f"{R}.web.middlewares=guard@consul", "none defines guard@consul"),
    added("chain of a guard that nobody defines", f"{M}.a.chain.middlewares=guard", "none defines guard"),
    added("page of errors by nobody", f"{M}.a.errors.service=pages", "none defines pages", f"{M}.a.errors.query=/"),
    fine(
        "what is defined may be named",
        f"{M}.guard.basicauth.users=a:b",
        f"{R}.web.middlewares=guard@swarm,bridge-restart@file",
        f"{R}.web.service=web@docker",
        f"{M}.all.chain.middlewares=guard",
        f"{M}.pages.errors.service=portainer@file",
    ),
    fine(
        "what has no meaning outside of the Swarm",
        "traefik.enable=true",
        "traefik.docker.network=public",
        "traefik.docker.lbswarm=true",
        "traefik.constraint-label=public",
        f"{R}.web.tls=true",
        f"{R}.web.entryPoints=websecure",
        f"{R}.web.ruleSyntax=v3",
    ),
    fine("what is switched off is not looked at", "traefik.enable=false", f"{R}.web.middlewares=nobody"),
    Broken(
        "two services, of which the router takes none",
        (
            Edit(WEB, PORT, f"{PORT}          - {S}.api.loadbalancer.server.port=81\n"),
            Edit(WEB_COMPOSE, '      - "${PORT}:80"', '      - "${PORT}:80"\n      - "8001:81"'),
        ),
        (Expected(WEB, "routers.web.rule", f"{PLACE}[0]", "Host", "one of api, web: Traefik does not choose"),),
    ),
    # services
    added("port that is none", f"{S}.web.loadbalancer.server.port=http", "the number of a port")._replace(
        edits=(Edit(WEB, PORT, f"          - a=b\n          - {S}.web.loadbalancer.server.port=http\n"),)
    ),
    added("scheme that is not proxied", f"{S}.web.loadbalancer.server.scheme=fcgi", "one of http, https, h2c"),
    added("server elsewhere", f"{S}.web.loadbalancer.server.url=http://a", "no url"),
    added("transport of nobody", f"{S}.web.loadbalancer.serverstransport=mine@file", "one of pinned-root"),
    fine("transport of the product's own", f"{S}.web.loadbalancer.serverstransport=pinned-root@file"),
    added("strategy that there is not", f"{S}.web.loadbalancer.strategy=drr", "one of wrr, p2c"),
    added("service of services", f"{S}.all.weighted.sticky.cookie=true", "not weighted")._replace(
        expected=(
            Expected(WEB, "all.weighted", f"{PLACE}[2]", "", "loadBalancer; not weighted"),
            Expected(WEB, "all.weighted", f"{PLACE}[2]", "", "the container's port for service all"),
            Expected(WEB, "routers.web", f"{PLACE}[0]", "", "Traefik does not choose"),
        )
    ),
    one(
        "port that is not published",
        Edit(WEB_COMPOSE, '"${PORT}:80"', '"${PORT}:81"'),
        Expected(WEB, "server.port", f"{PLACE}[1]", "port=80", "ports: [{target: 80, published: 80, mode: host}]"),
    ),
    one(
        "port for which Docker chooses one of the node",
        Edit(WEB_COMPOSE, '"${PORT}:80"', "80"),
        Expected(WEB, "server.port", f"{PLACE}[1]", "port=80", "publishes on its node"),
    ),
    one(
        "port that is published for datagrams",
        Edit(WEB_COMPOSE, '"${PORT}:80"', '"${PORT}:80/udp"'),
        Expected(WEB, "server.port", f"{PLACE}[1]", "port=80", "publishes on its node"),
    ),
    one("port within a range that is published", Edit(WEB_COMPOSE, '"${PORT}:80"', '"8070-8090:70-90"')),
    added("health check on a port that is not published", f"{S}.web.loadbalancer.healthcheck.port=81", "target: 81"),
    # rules
    ruled("rule by a pattern", "HostRegexp(`.+.example.test`)", "names, not patterns"),
    ruled("rule that leaves a host out", "!Host(`web.example.test`)", "names, not patterns"),
    ruled("rule of Traefik 2", "Host(`web.example.test`, `www.example.test`)", "of Traefik 2"),
    ruled("rule that is none", "Host(`web.example.test`", ") instead of its end"),
    one("rule with a path is no problem", Edit(WEB, RULE, "Host(`web.example.test`) && PathPrefix(`/admin`)")),
    one(
        "rule without a port",
        Edit(WEB, PORT, ""),
        Expected(WEB, "routers.web.rule", f"{PLACE}[0]", "Host", "and the port of a service, too"),
    ),
    one(
        "port without a rule",
        Edit(WEB, RULED, ""),
        Expected(WEB, "server.port", f"{PLACE}[0]", "port", "a router with a rule"),
    ),
    one(
        "router without a rule",
        Edit(WEB, RULED, f"          - {R}.web.priority=1\n"),
        Expected(WEB, "priority", f"{PLACE}[0]", "priority", "a rule with a host for router web"),
    ),
    # secrets and places
    added("secret in a label", "traefik.docker.network=${PASSWORD}", "no secret in a label"),
    composed(
        "secret in a label of the compose file",
        " ['traefik.swarm.network=${PASSWORD}']",
        Expected(WEB_COMPOSE, "PASSWORD}']", "services.web.deploy.labels[0]", "PASSWORD", "no secret in a label"),
    ),
    one(
        "label that is none",
        Edit(WEB, PORT, f"{PORT}          - traefik.enable\n"),
        Expected(WEB, "- traefik.enable", f"{PLACE}[2]", "traefik.enable", "must match"),
    ),
    one(
        "labels as a mapping",
        Edit(
            WEB,
            RULED + PORT,
            f"          {R}.web.rule: {RULE}\n          {S}.web.loadbalancer.server.port: 80\n"
            "          traefik.enable: 7\n",
        ),
        Expected(WEB, "enable: 7", f"{PLACE}.traefik.enable", "7", "true or false"),
    ),
    one(
        "labels of the containers",
        Edit(WEB_COMPOSE, "    image: web", '    image: web\n    labels: ["a=b", "traefik.enable=true"]'),
        Expected(WEB_COMPOSE, "traefik.enable", "services.web.labels[1]", "traefik.enable=true", "below deploy"),
    ),
    composed(
        "labels in the compose file, as a list",
        f' ["a=b", "{R}.web.priority=1", "traefik.enable=on"]',
        Expected(WEB_COMPOSE, "traefik.enable", "services.web.deploy.labels[2]", "enable=on", "true or false"),
    ),
    composed(
        "labels in the compose file, as a mapping",
        f"\n        traefik.enable: true\n        {R}.web.priority: low",
        Expected(WEB_COMPOSE, "priority", f"services.web.deploy.labels.{R}.web.priority", "low", "a whole number"),
    ),
    composed("a label of the manifest takes the place of the compose file's", f' ["{R}.web.rule=Path(`/`)"]'),
    Broken(
        "labels of a service that the manifest does not speak of",
        (
            Edit(WEB, f"    services:\n      web:\n        traefik_labels:\n{RULED}{PORT}", ""),
            Edit(
                WEB_COMPOSE,
                "    image: web",
                f"    image: web\n    deploy:\n      labels:\n        {R}.app.rule: Host(`a.b.example.test`)\n"
                f"        {S}.app.loadbalancer.server.port: 80",
            ),
        ),
        (
            Expected(
                WEB_COMPOSE,
                "app.rule",
                f"services.web.deploy.labels.{R}.app.rule",
                "a.b.example.test",
                "none covers a.b.example.test",
            ),
        ),
    ),
    ruled("host of the node", "Host(`pve.example.test`)", "the product itself answers"),
    ruled("host of Traefik's pages", "Host(`TRAEFIK.example.test`)", "the product itself answers"),
    one("a path beside Traefik's pages is no problem", Edit(WEB, RULE, "Host(`traefik.example.test`) && Path(`/x`)")),
    one(
        "host outside of the domain",
        Edit(WEB, RULE, "Host(`app.example.net`)"),
        Expected(WEB, "routers.web.rule", f"{PLACE}[0]", "app.example.net", "none covers app.example.net"),
    ),
    Broken(
        "host outside of the domain that the gateway's certificate covers is no problem",
        (
            Edit(WEB, RULE, "Host(`app.example.net`)"),
            Edit(CERTIFICATES, 'sans: ["*.example.test"]', 'sans: ["*.example.test", app.example.net]'),
        ),
        (),
    ),
    added("chain of itself", f"{M}.a.chain.middlewares=a", "does not come back to a"),
    Broken(
        "chains of each other",
        (Edit(WEB, PORT, f"{PORT}          - {M}.a.chain.middlewares=b\n          - {M}.b.chain.middlewares=a\n"),),
        tuple(
            Expected(WEB, f"{each}.chain", f"{PLACE}[{index}]", "", f"does not come back to {each}")
            for index, each in enumerate("ab", 2)
        ),
    ),
    added(
        "name of a map that has a value and names below it",
        f"{M}.a.headers.customrequestheaders.A=1",
        "given by names below it",
        f"{M}.a.headers.customrequestheaders.A.b=1",
    ),
    # two stacks
    Broken("two stacks with names of their own", other(*APP), ()),
    beside(
        "two stacks with one router",
        f"{R}.web.rule=Host(`app.example.test`)",
        APP[1],
        wrong=0,
        allowed="stacks/web/stack.yaml:12 says otherwise of web",
    ),
    beside(
        "two stacks with one service that differs",
        f"{R}.app.rule=Host(`app.example.test`)",
        f"{S}.web.loadbalancer.passhostheader=false",
        f"{S}.web.loadbalancer.server.port=80",
        wrong=1,
        allowed="stacks/web/stack.yaml:13 says otherwise of web",
    ),
    Broken("two stacks with one service that is the same", other(APP[0], f"{S}.web.loadbalancer.server.port=80"), ()),
    Broken(
        "two stacks with one router that is the same",
        other(f"{R}.web.rule={RULE}", f"{S}.web.loadbalancer.server.port=80"),
        (),
    ),
    Broken(
        "what a stack names of one that is broken is not told",
        (*other("broken"), Edit(WEB, PORT, f"{PORT}          - {R}.web.middlewares=app\n")),
        (Expected(OTHER, "- broken", f"{OTHERS}[0]", "broken", "must match"),),
    ),
    Broken(
        "what a stack names of one that is not understood is not told",
        (*other(*APP, f"{M}.app=true"), Edit(WEB, PORT, f"{PORT}          - {R}.web.middlewares=app\n")),
        (Expected(OTHER, "app=true", f"{OTHERS}[2]", "app=true", "NAME.FIELD"),),
    ),
    Broken(
        "what a variable that nobody gives would name is not told",
        other(*APP, f"{R}.app.middlewares=${{NOBODY}}"),
        (Expected(OTHER, "production:", "environments.production.variables", "NOBODY", "needs a variable"),),
    ),
    Broken(
        "two stacks with one middleware that differs",
        (*other(*APP, f"{M}.a.compress=true"), Edit(WEB, PORT, f"{PORT}          - {M}.a.addprefix.prefix=/\n")),
        (Expected(OTHER, "compress", f"{OTHERS}[2]", "compress", "stacks/web/stack.yaml:14 says otherwise of a"),),
    ),
    Broken(
        "two stacks with one middleware that is the same, which the other names",
        (
            *other(*APP, f"{M}.a.compress=true", f"{R}.app.middlewares=a,b"),
            Edit(WEB, PORT, f"{PORT}          - {M}.a.compress=true\n          - {M}.b.addprefix.prefix=/\n"),
        ),
        (),
    ),
    Broken(
        "two stacks with one rule",
        other(f'{R}.app.rule=Host( "WEB.example.test" ) || Host(`www.example.test`)', APP[1]),
        tuple(
            Expected(WEB, "web.rule", f"{PLACE}[0]", host, "stacks/other/stack.yaml:7 has it already")
            for host in ("web.example.test", "www.example.test")
        ),
    ),
    Broken(
        "two stacks with one host and other paths",
        other(f"{R}.app.rule=Host(`web.example.test`) && PathPrefix(`/app`)", APP[1]),
        (),
    ),
    beside(
        "name of the product's router", f"{R}.dashboard.rule=Host(`app.example.test`)", APP[1], wrong=0, allowed="own"
    ),
    beside("name of the product's middleware", *APP, f"{M}.bridge-restart.compress=true", wrong=2, allowed="own"),
    beside(
        "name of a guest's service",
        APP[0],
        f"{S}.portainer.loadbalancer.server.port=80",
        wrong=1,
        allowed="guests/201-manager.yaml:20",
    ),
    beside(
        "host of a guest's service",
        f"{R}.app.rule=Host(`portainer.example.test`)",
        APP[1],
        wrong=0,
        allowed="guests/201-manager.yaml:20 has it already",
        value="portainer.example.test",
    ),
    Broken(
        "a path of a guest's service is no problem",
        other(f"{R}.app.rule=Host(`portainer.example.test`) && PathPrefix(`/app`)", APP[1]),
        (),
    ),
)
