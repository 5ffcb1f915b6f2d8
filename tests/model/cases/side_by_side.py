"""A stack in several environments of one Swarm, and what keeps them from standing side by side."""

from tests.model.broken import PORTAINER, WEB, WEB_COMPOSE, WORKER, Broken, Edit, Expected

TESTING = """  testing:
    variables:
      - {name: PORT, value: "8001"}
      - {name: PASSWORD, secret: webTestingPassword}
    firewall_rules:
      - {direction: in, action: ACCEPT, proto: tcp, ports: [8001]}
    services:
      web:
        traefik_labels:
          - traefik.http.routers.web_testing.rule=Host(`testing.example.test`)
          - traefik.http.services.web_testing.loadbalancer.server.port=80
"""
SAME_HOSTS = TESTING.replace("Host(`testing.", "Host(`web.example.test`) || Host(`www.") + "  production:\n"
SAME_ROUTER = f"{TESTING}  production:\n".replace("routers.web_testing", "routers.web")
BOTH = "docker_stacks: [{stack: web, environments: [production, testing]}]"
BESIDE = Edit(WORKER, "docker_stacks: [web]", BOTH)
HAS_TESTING = Edit(WEB, "  production:\n", f"{TESTING}  production:\n")
VOLUMES = """    volumes: ["data:/data"]
volumes:
  data:
    driver: local
    driver_opts: {type: none, o: bind, device: "/mnt/persistent/web${FOLDER:-}"}
"""
HAS_DATA = Edit(WEB_COMPOSE, '      - "${PORT}:80"\n', '      - "${PORT}:80"\n' + VOLUMES)

MORE = """type: vm
vmid: 203
name: more
source: {image: "iso:import/cloud.img"}
cores: 2
memory_mb: 2048
disk_gb: 16
storage: vm-disks
network: {address: 192.0.2.23/24, gateway: 192.0.2.1, bridge: vmbr0}
features: [base_setup, docker]
cloud_init: {user: operator}
nfs:
  - {server: 192.0.2.2, path: /pool/vm/203, mount_point: /mnt/persistent}
swarm: {role: worker}
portainer: {role: agent, environment: more}
docker_stacks: [{stack: web, environments: [production]}]
"""


def listed(name: str, stacks: str, *expected: Expected) -> Broken:
    return Broken(name, (HAS_TESTING, Edit(WORKER, "docker_stacks: [web]", f"docker_stacks: {stacks}")), expected)


def at(field: str, value: str, allowed: str) -> Expected:
    return Expected(WORKER, "docker_stacks", f"docker_stacks[{field}", value, allowed)


CASES = (
    listed(
        "an environment that the stack lacks",
        "[{stack: web, environments: [production, staging]}]",
        at("0].environments[1]", "staging", "one of the stack's: testing, production"),
    ),
    listed(
        "an environment twice",
        "[{stack: web, environments: [testing, testing]}]",
        at("0].environments[1]", "testing", "a stack once"),
    ),
    listed(
        "an environment by name, which is also that of the run",
        "[web, {stack: web, environments: [production, testing]}]",
        at("1].environments[0]", "production", "a stack once"),
    ),
    listed(
        "a stack without a folder, in environments",
        "[web, {stack: shop, environments: [testing]}]",
        at("1].stack", "shop", "a folder of stacks/: portainer_service, web"),
    ),
    Broken(
        "two environments that publish one port",
        (
            Edit(WEB, "  production:\n", f"{TESTING}  production:\n".replace('value: "8001"', 'value: "8000"')),
            BESIDE,
        ),
        (Expected(WEB_COMPOSE, "${PORT}", "services.web.ports[0]", "8000/tcp", "(production) publishes it already"),),
    ),
    Broken(
        "two environments that define one router",
        (Edit(WEB, "  production:\n", SAME_ROUTER), BESIDE),
        (
            Expected(
                WEB, "routers.web.rule=Host(`testing", "environments.testing.services.web.traefik_labels[0]", "testing",
                "a name once for a router",
            ),
        ),
    ),
    Broken(
        "two environments with one host name",
        (Edit(WEB, "  production:\n", SAME_HOSTS), BESIDE),
        tuple(
            Expected(
                WEB, "routers.web_testing.rule", "environments.testing.services.web.traefik_labels[0]", host,
                "a host name once, or rules that differ",
            )
            for host in ("web.example.test", "www.example.test")
        ),
    ),
    Broken(
        "two environments with one folder of data",
        (HAS_TESTING, HAS_DATA, BESIDE),
        (at("0].environments[1]", "testing", "/mnt/persistent/web is also that of production"),),
    ),
    Broken(
        "two stacks of one name in the Swarm",
        (
            Edit(WEB, "  production:\n", f"{TESTING}  production:\n".replace("  testing:", "  a-testing:")),
            Edit(WORKER, "docker_stacks: [web]", "docker_stacks: [{stack: web, environments: [a-testing]}, web-a]"),
            Edit("stacks/web-a/stack.yaml", "", "description: More\nenvironments: {production: {}, testing: {}}\n"),
            Edit("stacks/web-a/compose.yaml", "", 'version: "3.8"\nservices: {more: {image: more}}\n'),
            Edit(PORTAINER, "production:", "production:"),
        ),
        (at("1]", "web-a", "is called web-a-testing already"),),
        environment="testing",
    ),
    Broken(
        "two stacks of one name among the resources",
        (
            HAS_TESTING,
            Edit(WORKER, "docker_stacks: [web]", "docker_stacks: [{stack: web, environments: [testing]}, web-testing]"),
            Edit("stacks/web-testing/stack.yaml", "", "description: More\nenvironments: {production: {}}\n"),
            Edit("stacks/web-testing/compose.yaml", "", 'version: "3.8"\nservices: {more: {image: more}}\n'),
        ),
        (at("1]", "web-testing", "is called web-testing already"),),
    ),
    Broken(
        "two environments with one folder of data on every member",
        (
            *(HAS_TESTING, HAS_DATA, Edit(WEB, "description: A web application", "description: W\nplacement: swarm")),
            Edit(WORKER, "docker_stacks: [web]", "docker_stacks: [{stack: web, environments: [testing]}]"),
            Edit("config/guests/203-more.yaml", "", MORE),
        ),
        (
            Expected(
                "config/guests/203-more.yaml", "docker_stacks", "docker_stacks[0].environments[0]", "production",
                "/mnt/persistent/web is also that of testing",
            ),
        ),
    ),
    listed("in no environment", "[{stack: web, environments: []}]", at("0].environments", "[]", "at least 1 item")),
    listed(
        "a key that nobody knows",
        "[{stack: web, environments: [testing], replicas: 2}]",
        at("0].replicas", "2", "no such key; allowed are stack, environments"),
    ),
    listed("neither a name nor a map", "[[web]]", at("0]", "web", "string")),
)  # fmt: skip
