"""Traefik labels that nothing would act on."""

from tests.model.broken import WEB, WEB_COMPOSE, Broken, Edit, Expected, one

PLACE = "environments.production.services.web.traefik_labels"
RULE = "Host(`web.example.test`) || Host(`www.example.test`)"
PORT = "          - traefik.http.services.web.loadbalancer.server.port=80\n"


def added(name: str, label: str, allowed: str) -> Broken:
    """One more label, which is refused."""
    edit = Edit(WEB, PORT, f"{PORT}          - {label}\n")
    return one(name, edit, Expected(WEB, label, f"{PLACE}[2]", label, allowed))


def ruled(name: str, rule: str, value: str) -> Broken:
    """Another rule, of which a part is refused."""
    return one(name, Edit(WEB, RULE, rule), Expected(WEB, "routers.web.rule", f"{PLACE}[0]", value, "only Host("))


CASES = (
    added("guard of a page", "traefik.http.routers.web.middlewares=guard", "a label that is acted on"),
    added("middleware", "traefik.http.middlewares.guard.basicauth.users=a:b", "a label that is acted on"),
    added("route of another protocol", "traefik.tcp.routers.web.rule=HostSNI(`*`)", "a label that is acted on"),
    added("plain entry point", "traefik.http.routers.web.entrypoints=web", "websecure"),
    added("router without TLS", "traefik.http.routers.web.tls=false", "true"),
    added("switched off", "traefik.enable=false", "take the labels away"),
    added("scheme that is not proxied", "traefik.http.services.web.loadbalancer.server.scheme=h2c", "http or https"),
    added("second port", "traefik.http.services.api.loadbalancer.server.port=81", "one port a service"),
    added(
        "port that is none", "traefik.http.services.web.loadbalancer.server.port=http", "the number of a port"
    )._replace(
        expected=(
            Expected(WEB, "server.port=http", f"{PLACE}[2]", "port=http", "the number of a port"),
            Expected(WEB, "server.port=http", f"{PLACE}[2]", "port=http", "one port a service"),
        )
    ),
    added("router of another service", "traefik.http.routers.web.service=api", "names: web"),
    added(
        "known labels in other capitals are no problem", "traefik.http.routers.web.entryPoints=websecure", ""
    )._replace(expected=()),
    added("secret in a label", "traefik.docker.network=${PASSWORD}", "no secret in a label"),
    ruled("rule with a path", "Host(`web.example.test`) && PathPrefix(`/admin`)", "PathPrefix"),
    ruled("rule by a pattern", "HostRegexp(`.+.example.test`)", "HostRegexp"),
    ruled("rule that leaves a host out", "!Host(`web.example.test`)", "!Host"),
    one(
        "rule without a port",
        Edit(WEB, PORT, ""),
        Expected(WEB, "routers.web.rule", f"{PLACE}[0]", "Host", "together with the label loadbalancer.server.port"),
    ),
    one(
        "port without a rule",
        Edit(WEB, f"          - traefik.http.routers.web.rule={RULE}\n", ""),
        Expected(WEB, "server.port", f"{PLACE}[0]", "port", "together with the label routers.NAME.rule"),
    ),
    one(
        "labels in the compose file, as a list",
        Edit(WEB_COMPOSE, "    image: web", '    image: web\n    labels: ["a=b", "traefik.enable=true"]'),
        Expected(WEB_COMPOSE, "traefik.enable", "services.web.labels[1]", "traefik.enable=true", "stand in stack.yaml"),
    ),
    one(
        "labels in the compose file, as a mapping",
        Edit(
            WEB_COMPOSE, "    image: web", '    image: web\n    deploy:\n      labels:\n        traefik.enable: "true"'
        ),
        Expected(WEB_COMPOSE, "traefik.enable", "services.web.deploy.labels.traefik.enable", "true", "stack.yaml"),
    ),
)
