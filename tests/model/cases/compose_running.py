"""Compose files of which each part is right, and that a Swarm could not run as they are."""

from tests.model.broken import WEB, WEB_COMPOSE, Broken, Edit, Expected, one

IMAGE = "    image: web\n"
PORT = '      - "${PORT}:80"'
ON_THE_NODE = "      - {target: 80, published: 8000, mode: host}"


def service(name: str, text: str, line: str, field: str, allowed: str, *more: Edit) -> Broken:
    """A service with more parts, one of which is refused."""
    expected = Expected(WEB_COMPOSE, line, f"services.web.{field}", "", allowed)
    return Broken(name, (Edit(WEB_COMPOSE, IMAGE, f"{IMAGE}{text}\n"), *more), (expected,))


def fine(name: str, text: str, *more: Edit) -> Broken:
    """A service with more parts, none of which is refused."""
    return Broken(f"{name} is no problem", (Edit(WEB_COMPOSE, IMAGE, f"{IMAGE}{text}\n"), *more), ())


def section(name: str, text: str, line: str, field: str, value: str, allowed: str) -> Broken:
    """A file with one more section, of which a part is refused."""
    expected = Expected(WEB_COMPOSE, line, field, value, allowed)
    return one(name, Edit(WEB_COMPOSE, "services:\n", f"{text}\nservices:\n"), expected)


HOST = Edit(WEB_COMPOSE, PORT, ON_THE_NODE)
SWARM = Edit(WEB, "description:", "placement: swarm\ndescription:")
LONG = f"{'x' * 48}.env"

CASES = (
    service("ingress without an address", "    deploy: {endpoint_mode: dnsrr}", "PORT}:80", "ports[0]", "mode: host"),
    fine("host port without an address", "    deploy: {endpoint_mode: dnsrr}", HOST),
    service(
        "host port that two tasks would have",
        "    deploy: {update_config: {order: start-first}}",
        "order: start-first",
        "deploy.update_config.order",
        "stop-first",
        HOST,
    ),
    fine("ingress port that two tasks have", "    deploy: {update_config: {order: start-first}, replicas: 3}"),
    service(
        "host port that replicas would share", "    deploy: {replicas: 2}", "replicas", "deploy.replicas", "1", HOST
    ),
    fine("host port on every node", "    deploy: {mode: global}", HOST),
    Broken(
        "host port that may be anywhere",
        (HOST, SWARM),
        (Expected(WEB_COMPOSE, "mode: host", "services.web.ports[0]", "", "mode: ingress"),),
    ),
    service(
        "more replicas than the one node may have",
        "    deploy: {replicas: 3, placement: {max_replicas_per_node: 2}}\n    volumes: [/srv/web:/srv]",
        "replicas: 3",
        "deploy.replicas",
        "at most 2",
    ),
    fine(
        "more replicas than one node may have, on several",
        "    deploy: {replicas: 3, placement: {max_replicas_per_node: 2}}",
    ),
    one(
        "name of a service that is too long in the Swarm",
        Edit(WEB_COMPOSE, "services:\n", f"services:\n  {'s' * 50}: {{image: web}}\n"),
        Expected(WEB_COMPOSE, "s" * 50, f"services.{'s' * 50}", "", "at most 48 signs"),
    ),
    section(
        "network that nobody makes",
        "networks: {proxy: {external: true}}",
        "proxy",
        "networks.proxy",
        "proxy",
        "swarm.networks of cluster.yaml",
    ),
    section(
        "network that nobody makes, by its other name",
        "networks: {proxy: {external: {name: web-proxy}}}",
        "proxy",
        "networks.proxy",
        "web-proxy",
        "swarm.networks of cluster.yaml",
    ),
    one(
        "the node's own network is no problem",
        Edit(WEB_COMPOSE, "services:", "networks: {h: {external: true, name: host}}\nservices:"),
    ),
    section(
        "config that nobody makes",
        "configs: {c: {external: true}}",
        "configs",
        "configs.c",
        "",
        "a file of the stack's",
    ),
    section("config without a file", "configs: {c: {name: d}}", "configs", "configs.c", "", "a file of the stack's"),
    section(
        "config of a file elsewhere",
        "configs: {c: {file: ../app.env}}",
        "configs",
        "configs.c.file",
        "../app.env",
        "a text file in",
    ),
    section(
        "config of a file that is not there",
        "configs: {c: {file: ./no}}",
        "configs",
        "configs.c.file",
        "./no",
        "a text file in",
    ),
    one("config of a file is no problem", Edit(WEB_COMPOSE, "services:", "configs: {c: {file: ./app.env}}\nservices:")),
    one(
        "config with a name that no version fits behind",
        Edit(WEB_COMPOSE, "services:", f"configs: {{c: {{file: app.env, name: {'n' * 52}}}}}\nservices:"),
        Expected(WEB_COMPOSE, "configs", "configs.c.file", "app.env", "a shorter or plainer name"),
    ),
    service(
        "variables of a file that is not there",
        "    env_file: [app.env, no.env]",
        "no.env",
        "env_file[1]",
        "a text file in",
    ),
    service(
        "variables of a file that holds none",
        "    env_file: compose.yaml",
        "env_file",
        "env_file",
        "line 1: NAME=VALUE",
    ),
    fine("variables of a file", "    env_file: ./app.env"),
    service("undeclared network", "    networks: [proxy]", "proxy", "networks[0]", "a key of the file's own networks"),
    service(
        "undeclared network in a mapping", "    networks: {proxy: }", "proxy", "networks.proxy", "a key of the file's"
    ),
    fine("the default network", "    networks: [default]"),
    service(
        "undeclared volume", "    volumes: [data:/data]", "data:/data", "volumes[0]", "a key of the file's own volumes"
    ),
    service(
        "undeclared config", "    configs: [{source: c}]", "source: c", "configs[0]", "a key of the file's own configs"
    ),
    fine("volumes that need no declaration", "    volumes: [/data, /srv/web:/srv:ro, {type: tmpfs, target: /tmp}]"),
    one(
        "environment that only a shell would fill",
        Edit(WEB_COMPOSE, "      LEVEL:", "      HOME:\n      PORT:\n      LEVEL:"),
        Expected(WEB_COMPOSE, "HOME", "services.web.environment.HOME", "HOME", "a value, or a variable HOME"),
    ),
    one(
        "environment that only a shell would fill, in a list",
        Edit(
            WEB_COMPOSE,
            "    environment:\n      PASSWORD: ${PASSWORD}\n      LEVEL: ${LEVEL:-info}",
            "    environment: [A=1, HOME, PORT]",
        ),
        Expected(WEB_COMPOSE, "HOME", "services.web.environment[1]", "HOME", "a value, or a variable HOME"),
    ),
    one(
        "two files that one config would be made of",
        Edit(
            WEB_COMPOSE,
            "services:",
            "configs: {c: {file: app.env, name: same}, d: {file: stack.yaml, name: same}}\nservices:",
        ),
        Expected(WEB_COMPOSE, "configs", "configs.d.file", "stack.yaml", "another name: app.env becomes"),
    ),
)
