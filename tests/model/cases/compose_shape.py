"""Parts of compose files whose form is none that Docker takes."""

from tests.model.broken import WEB_COMPOSE, Broken, Edit, Expected, one

PORT = '- "${PORT}:80"'


def formed(key: str, text: str, allowed: str) -> Broken:
    """A service with one more part, whose form is wrong."""
    edit = Edit(WEB_COMPOSE, "    image: web\n", f"    image: web\n    {key}: {text}\n")
    return one(f"{key} in a wrong form", edit, Expected(WEB_COMPOSE, f"{key}:", f"services.web.{key}", "", allowed))


def published(name: str, port: str, *allowed: str) -> Broken:
    """A service with one more port."""
    expected = [Expected(WEB_COMPOSE, port, "services.web.ports[1]", "", words) for words in allowed]
    return one(name, Edit(WEB_COMPOSE, PORT, f"{PORT}\n      - {port}"), *expected)


def part(name: str, port: str, key: str, allowed: str) -> Broken:
    """A service with one more port, of which one key is wrong."""
    expected = Expected(WEB_COMPOSE, port, f"services.web.ports[1].{key}", "", allowed)
    return one(name, Edit(WEB_COMPOSE, PORT, f"{PORT}\n      - {port}"), expected)


VOLUME = f"{PORT}\nvolumes:\n  data:\n    driver: local\n    driver_opts: {{type: none, o: bind, device: DEVICE}}"


def bound(name: str, device: str, *allowed: str) -> Broken:
    """A volume that is bound to a directory."""
    field = "volumes.data.driver_opts.device"
    edit = Edit(WEB_COMPOSE, PORT, VOLUME.replace("DEVICE", device))
    return one(name, edit, *(Expected(WEB_COMPOSE, "driver_opts", field, "", words) for words in allowed))


DROPPED = (
    ("cgroup_parent", "x", "no key of a Swarm's service"),
    ("container_name", "x", "others find it by the service's name"),
    ("cpus", "0.5", "deploy.resources.limits.cpus instead"),
    ("depends_on", "{db: {condition: service_healthy}}", "a Swarm knows no conditions"),
    ("devices", "[/dev/dri]", "no key of a Swarm's service"),
    ("extends", "{service: web}", "the service in full"),
    ("mem_limit", "1g", "deploy.resources.limits.memory instead"),
    ("network_mode", "host", "external networks of that name"),
    ("privileged", "true", "cap_add"),
    ("profiles", "[x]", "a stack is deployed whole"),
    ("security_opt", "[no-new-privileges]", "no key of a Swarm's service"),
    ("shm_size", "1g", "a volume of type tmpfs"),
    ("tmpfs", "/tmp", "a volume of type tmpfs"),
)
"""What Docker drops for a Swarm, with a warning or none, or does not know there."""

WRONG = (
    ("user", "1000", "a text, in quotes"),
    ("command", "true", "a text, in quotes"),
    ("stop_grace_period", "10", "a duration as text"),
    ("stop_grace_period", "10d", "a duration as text"),
    ("restart", "never", "no, always, unless-stopped or on-failure"),
    ("cap_add", "[NET_ADMIN, NET_ADMIN]", "each entry once", "[1]"),
    ("deploy", "{replicas: 2.5}", "a whole number", ".replicas"),
    ("deploy", "{mode: global, replicas: 2}", "no number of tasks", ".replicas"),
    ("deploy", "{mode: everywhere}", "replicated, global", ".mode"),
    ("deploy", "{resources: {limits: {cpus: 0.5}}}", "as text", ".resources.limits.cpus"),
    ("deploy", "{resources: {limits: {memory: 1 Gig}}}", "an amount of memory", ".resources.limits.memory"),
    ("deploy", "{placement: {constraints: [node.role = worker]}}", "LABEL == VALUE", ".placement.constraints[0]"),
    ("deploy", "{rollback_config: {failure_action: rollback}}", "pause or continue", ".rollback_config.failure_action"),
    ("deploy", "{labels: {a: [b]}}", "true or false", ".labels.a"),
    ("healthcheck", "{test: [pg_isready]}", "begins with CMD", ".test"),
    ("healthcheck", "{test: x, disable: true}", "no test beside", ".test"),
    ("networks", "{default: {ipv4_address: 10.0.0.1}}", "no fixed address", ".default.ipv4_address"),
    ("ulimits", "{nofile: {soft: 1}}", "this key is required", ".nofile.hard"),
    ("secrets", "[{target: x}]", "this key is required", "[0].source"),
    ("volumes", "[./data:/data]", "an absolute path of the node", "[0]"),
    ("volumes", "[/data:/data:z]", "Docker leaves z out", "[0]"),
    ("volumes", "[data]", "VOLUME:/TARGET", "[0]"),
    ("volumes", "[{type: bind, source: ./x, target: /x}]", "an absolute path", "[0].source"),
    ("volumes", "[{type: tmpfs, target: /x, volume: {nocopy: true}}]", "not with type tmpfs", "[0].volume"),
    ("volumes", "[/a:/x, /b:/x]", "a place in the container once", "[1]"),
    ("init", "1", "true or false, without quotes"),
    ("frobnicate", "1", "no such key; allowed are build, cap_add"),
)
"""What Docker refuses, but late."""

RIGHT = (
    ("restart", "on-failure:3"),
    ("privileged", "false"),
    ("build", "{context: ., args: {a: [1]}}"),
    ("depends_on", "[db]"),
    ("expose", '["80", 81]'),
    ("x-mine", "{a: [1]}"),
    ("ulimits", "{nofile: 1024, nproc: {soft: 1, hard: 2}}"),
    ("healthcheck", "{test: curl localhost, interval: 1m30s, retries: 3}"),
    ("deploy", "{resources: {limits: {cpus: '0.5', memory: 512M, pids: 10}}}"),
    ("extra_hosts", "{a: 10.0.0.1}"),
    ("logging", "{driver: json-file, options: {max-size: 10m, max-file: 3}}"),
)
"""What Docker takes."""


def in_service(key: str, text: str, allowed: str, place: str = "") -> Broken:
    """A service with one more part, of which the place is wrong."""
    edit = Edit(WEB_COMPOSE, "    image: web\n", f"    image: web\n    {key}: {text}\n")
    return one(f"{key}: {text}", edit, Expected(WEB_COMPOSE, f"{key}:", f"services.web.{key}{place}", "", allowed))


CASES = (
    *(in_service(*each) for each in (*DROPPED, *WRONG)),
    *(
        one(f"{k}: {t} is no problem", Edit(WEB_COMPOSE, "    image: web\n", f"    image: web\n    {k}: {t}\n"))
        for k, t in RIGHT
    ),
    one(
        "a key that nobody knows",
        Edit(WEB_COMPOSE, "services:", "name: x\nservices:"),
        Expected(WEB_COMPOSE, "name: x", "name", "x", "no name"),
    ),
    one(
        "network with a strange address",
        Edit(WEB_COMPOSE, "services:", "networks: {a: {ipam: {config: [{subnet: 1}, {subnet: x}]}}}\nservices:"),
        Expected(WEB_COMPOSE, "ipam", "networks.a.ipam.config[0].subnet", "1", "a text"),
        Expected(WEB_COMPOSE, "ipam", "networks.a.ipam.config[1].subnet", "x", "a network"),
    ),
    one(
        "external volume without its name",
        Edit(WEB_COMPOSE, "services:", "volumes: {a: {external: {}}}\nservices:"),
        Expected(WEB_COMPOSE, "external", "volumes.a.external.name", "", "this key is required"),
    ),
    one(
        "network of a node",
        Edit(WEB_COMPOSE, "services:", "networks: {a: {driver: bridge}}\nservices:"),
        Expected(WEB_COMPOSE, "bridge", "networks.a.driver", "bridge", "overlay"),
    ),
    one(
        "external volume with options",
        Edit(WEB_COMPOSE, "services:", "volumes: {a: {external: true, driver: x}}\nservices:"),
        Expected(WEB_COMPOSE, "external", "volumes.a.driver", "x", "nothing but a name"),
    ),
    formed("deploy", "[x]", "a mapping"),
    formed("labels", "x", "a list or a mapping"),
    formed("volumes", "{a: b}", "a list"),
    formed("networks", "3", "a list or a mapping"),
    one(
        "placement as a list",
        Edit(WEB_COMPOSE, "    image: web\n", "    image: web\n    deploy:\n      placement: [x]\n"),
        Expected(WEB_COMPOSE, "placement:", "services.web.deploy.placement", "x", "a mapping"),
    ),
    one(
        "empty parts are no problem",
        Edit(WEB_COMPOSE, "    image: web\n", "    image: web\n    deploy:\n    labels:\n"),
    ),
    published("port that is no number", "http", "PUBLISHED:TARGET, or a mapping with target and published"),
    published("port that is a switch", "true", "PUBLISHED:TARGET, or a mapping with target and published"),
    part("port without a target", "{published: 81}", "target", "this key is required"),
    published("one port at several", '"81-83:81"', "one published port for each of the container's"),
    published(
        "port that a variable spoils", '"${PORT}x:81"', "PUBLISHED:TARGET, or a mapping with target and published"
    ),
    part("port beside a variable that is none", '{target: "${PORT}", published: /x}', "published", "a whole number"),
    part("port that is a text, as Docker reads it", '{target: 81, published: "81"}', "published", "not a text"),
    published("port beyond the last", "70000", "ports from 1 to 65535"),
    published("range from its end", '"83-81:83-81"', "the lower of a range first"),
    published("port of one address", '"127.0.0.1:81:81"', "no address before the ports"),
    published("ports in all their forms are no problem", '"81-83:81-83/udp"'),
    published("a number of a variable is no problem", '{target: "${PORT}", published: 81, mode: host}'),
    published("a bare port is no problem", "8080"),
    bound("volume of a relative directory", "data/web", "an absolute path"),
    bound("volume of no directory", '""', "an absolute path"),
    bound("volume of a directory is no problem", "/mnt/persistent/web"),
    bound("volume of a directory that only a variable tells", '"${PORT}/web"', "an absolute path"),
)
