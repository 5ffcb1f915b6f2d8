"""Routes: which names lead where, by the guests' services and the stacks' labels and published ports."""

from typing import Any

import pytest

from phoenix.model import Cluster, ConfigurationError, DeployedBy, Scheme, Stack, StackEnvironment, TraefikService
from phoenix.plan import dns, nginx, summary
from phoenix.plan.routes import hosts, routes, routing
from tests.plan.reference import ENVIRONMENTS, reference, with_guest

AI = {
    "granite-embedding": "http://10.0.0.141:8000",
    "granite-3b": "http://10.0.0.142:8000",
    "ollama": "http://10.0.0.155:11434",
    "llamacpp": "http://10.0.0.157:8081",
}
APPLICATION = {
    "production": ("thinkheads", "http://10.0.0.102:8000"),
    "testing": ("testing.thinkheads", "http://10.0.0.102:8001"),
    "development": ("dev.thinkheads", "http://10.0.0.102:8002"),
}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_reference_clusters_routes(environment: str) -> None:
    found = {route.host: route.url for route in routes(reference(environment))}
    name, url = APPLICATION[environment]
    wanted = {**AI, "portainer": "https://10.0.0.111:9443", "qdrant": "http://10.0.0.102:6333", name: url}
    assert found == {f"{name}.internal.thinkheads.ai": url for name, url in wanted.items()}


def test_names_and_hosts_are_unique() -> None:
    found = routes(reference())
    assert len({route.name for route in found}) == len({route.host for route in found}) == len(found) == 7


def test_no_route_leads_back_to_the_gateway() -> None:
    """Nginx would ask Traefik for its own name for ever, even where its service is not marked direct."""
    service = TraefikService(name="nginx", port=443, scheme=Scheme.HTTPS)
    found = routes(with_guest(reference(), 101, traefik_service=service))
    assert "nginx.internal.thinkheads.ai" not in {route.host for route in found}
    assert reference().gateway_guest.address not in {route.server.address for route in found}


def deployed(
    ports: list[Any], labels: list[str], variables: dict[str, str] | None = None, services: str = "web"
) -> Cluster:
    """The reference cluster with one more stack on guest 1002."""
    environment = StackEnvironment.model_validate(
        {
            "variables": [{"name": name, "value": value} for name, value in (variables or {}).items()],
            "services": {services: {"traefik_labels": labels}},
        }
    )
    stack = Stack(
        name="more",
        description="",
        deployed_by=DeployedBy.PORTAINER,
        environments={"production": environment},
        compose={"services": {"web": {"image": "web", "ports": ports}}},
    )
    cluster = reference()
    stacks = (*cluster.stacks, stack)
    return with_guest(cluster.model_copy(update={"stacks": stacks}), 1002, docker_stacks=("more",))


RULE = "traefik.http.routers.web.rule=Host(`web.internal.thinkheads.ai`)"
PORT = "traefik.http.services.web.loadbalancer.server.port=80"
PUBLISHED: list[tuple[str, list[Any], str, dict[str, str], int]] = [
    ("long form", [{"target": 80, "published": 8080}], PORT, {}, 8080),
    ("long form, as text", [{"target": "80", "published": "8080"}], PORT, {}, 8080),
    ("short form", ["8080:80"], PORT, {}, 8080),
    ("short form with protocol", ["8080:80/tcp"], PORT, {}, 8080),
    ("within a range", ["8081-8083:81-83"], PORT.replace("80", "82"), {}, 8082),
    ("among others", ["9443:443", {"target": 80, "published": 8080}], PORT, {}, 8080),
    ("beside one of datagrams", ["8079:80/udp", "8080:80"], PORT, {}, 8080),
    ("beside one that Docker chooses", ["80", "8080:80"], PORT, {}, 8080),
    ("variables", ["${OUTER}:${INNER}"], PORT.replace("80", "${INNER}"), {"OUTER": "8080", "INNER": "80"}, 8080),
    ("variables, long form", [{"target": "${P}", "published": "${P}"}], PORT.replace("80", "${P}"), {"P": "81"}, 81),
    ("beside a range", ["7000-7010:7000-7010", "8080:80"], PORT, {}, 8080),
    ("one variable for both", ["${PORTS}"], PORT, {"PORTS": "8080:80"}, 8080),
]


@pytest.mark.parametrize(("ports", "label", "given", "port"), [p[1:] for p in PUBLISHED], ids=[p[0] for p in PUBLISHED])
def test_a_stacks_route_leads_to_the_published_port(ports: Any, label: str, given: dict[str, str], port: int) -> None:
    (route,) = [each for each in routes(deployed(ports, [RULE, label], given)) if each.host.startswith("web.")]
    assert (route.url, route.name) == (f"http://10.0.0.102:{port}", "web")


UNPUBLISHED: list[tuple[str, list[Any]]] = [
    ("no ports", []),
    ("another one", ["9443:443"]),
    ("a bare port", [80]),
    ("a bare port, as text", ["80"]),
    ("a bare range", ["80-90"]),
    ("an address alone", ["127.0.0.1::80"]),
    ("long form", [{"target": 80}]),
    ("long form, 0", [{"target": 80, "published": 0}]),
    ("long form, 0 as text", [{"target": 80, "published": "0"}]),
    ("datagrams", ["8080:80/udp"]),
    ("datagrams, long form", [{"target": 80, "published": 8080, "protocol": "udp"}]),
]


@pytest.mark.parametrize("ports", [p[1] for p in UNPUBLISHED], ids=[p[0] for p in UNPUBLISHED])
def test_a_port_that_no_port_of_the_node_leads_to_is_refused(ports: list[Any]) -> None:
    with pytest.raises(ConfigurationError, match="a port that the service publishes on its node"):
        routes(deployed(ports, [RULE, PORT]))


def asked(labels: list[str], **given: str) -> Cluster:
    return deployed(["8080:80", "8081:81"], labels, given)


def stack_hosts(cluster: Cluster) -> dict[str, list[str]]:
    """The hosts of the stack's routers, and where they lead."""
    found: dict[str, list[str]] = {}
    for route in routes(cluster):
        if route.name.startswith("web"):
            found.setdefault(route.name, []).append(f"{route.host} {route.url}")
    return found


WEB, API = "http://10.0.0.102:8080", "http://10.0.0.102:8081"


def test_two_hosts_of_one_router_are_two_routes() -> None:
    rule = "traefik.http.routers.web.rule=Host(`a.x`) || Host(`B.x`)"
    cluster = asked([rule, PORT])
    assert stack_hosts(cluster) == {"web": [f"a.x {WEB}", f"b.x {WEB}"]}
    assert [host for host in hosts(cluster) if host.endswith(".x")] == ["a.x", "b.x"]


def test_a_variable_in_a_host_name_is_expanded() -> None:
    rule = "traefik.http.routers.web.rule=Host(`${NAME}.x`)"
    assert stack_hosts(asked([rule, PORT], NAME="app")) == {"web": [f"app.x {WEB}"]}


def test_several_ports_of_one_container() -> None:
    labels = [
        "traefik.http.routers.web.rule=Host(`a.x`)",
        "traefik.http.routers.web.service=web",
        "traefik.http.routers.web-api.rule=Host(`a.x`) && PathPrefix(`/api`)",
        "traefik.http.routers.web-api.service=web-api@docker",
        "traefik.http.services.web.loadbalancer.server.port=80",
        "traefik.http.services.web-api.loadbalancer.server.port=81",
    ]
    assert stack_hosts(asked(labels)) == {"web": [f"a.x {WEB}"], "web-api": [f"a.x {API}"]}
    assert [host for host in hosts(asked(labels)) if host.endswith(".x")] == ["a.x"]


@pytest.mark.parametrize("scheme", ["http", "https", "h2c"])
def test_the_scheme_of_a_backend(scheme: str) -> None:
    labels = [RULE, PORT, f"traefik.http.services.web.loadbalancer.server.scheme={scheme}"]
    (route,) = [each for each in routes(asked(labels)) if each.name == "web"]
    assert route.url == f"{scheme}://10.0.0.102:8080"


def test_a_health_check_asks_the_node() -> None:
    labels = [RULE, PORT, "traefik.http.services.web.loadbalancer.healthcheck.port=81"]
    assert routing(asked(labels)).services["web"].fields["healthCheck"] == {"port": 8081}


def test_a_service_of_two_is_served_by_both() -> None:
    """As Traefik does where their labels say the same of it."""
    cluster = asked([RULE, PORT])
    stack = cluster.stacks[-1]
    compose = {"services": {**stack.compose["services"], "other": {"image": "web", "ports": ["9090:80"]}}}
    given = stack.environments["production"].services["web"]
    environment = stack.environments["production"].model_copy(update={"services": {"web": given, "other": given}})
    stack = stack.model_copy(update={"compose": compose, "environments": {"production": environment}})
    cluster = cluster.model_copy(update={"stacks": (*cluster.stacks[:-1], stack)})
    assert [server.port for server in routing(cluster).services["web"].servers] == [8080, 9090]


def test_a_service_that_is_switched_off_has_no_route() -> None:
    assert stack_hosts(asked([RULE, PORT, "traefik.enable=false"])) == {}


def test_a_router_of_traefiks_own_pages_has_a_host_and_no_server() -> None:
    cluster = asked([RULE, PORT, "traefik.http.routers.web.service=api@internal"])
    assert stack_hosts(cluster) == {}
    assert "web.internal.thinkheads.ai" in hosts(cluster)


@pytest.mark.parametrize("labels", [[RULE], [PORT], [RULE, PORT, "traefik.http.routers.web.nonsense=1"]])
def test_labels_that_a_load_would_refuse_are_refused(labels: list[str]) -> None:
    with pytest.raises(ConfigurationError):
        routes(asked(labels))


def test_labels_of_the_compose_file_are_as_good() -> None:
    cluster = asked([])
    stack = cluster.stacks[-1]
    labels = dict(label.split("=", 1) for label in (RULE, PORT))
    compose = {"services": {"web": {**stack.compose["services"]["web"], "deploy": {"labels": labels}}}}
    stacks = (*cluster.stacks[:-1], stack.model_copy(update={"compose": compose}))
    found = stack_hosts(cluster.model_copy(update={"stacks": stacks}))
    assert found == {"web": [f"web.internal.thinkheads.ai {WEB}"]}


def test_a_host_outside_of_the_domain_is_itself() -> None:
    """Wherever it is told: in DNS, at the gateway, and to people."""
    cluster = asked(["traefik.http.routers.web.rule=Host(`App.example.net`)", PORT])
    names = {record.name: record.address for record in dns.records(cluster)}
    assert names["app.example.net"] == cluster.gateway_guest.address
    assert not [name for name in names if name.startswith("app.") and name != "app.example.net"]
    assert "\n        app.example.net\n" in nginx.gateway_config(cluster)
    assert summary.urls(cluster)["app.example.net"] == "https://app.example.net"


def test_several_services_of_a_guest() -> None:
    host = "ollama.internal.thinkheads.ai"
    more = (
        TraefikService(name="ollama", port=1, path_prefix="/api", router="ollama-api"),
        TraefikService(name="metrics", port=2),
        TraefikService(name="plain", port=3, direct=True),
    )
    found = {each.name: (each.host, each.url) for each in routes(with_guest(reference(), 914, traefik_services=more))}
    before = {each.name: (each.host, each.url) for each in routes(reference())}
    assert found.items() >= before.items()
    assert {name: each for name, each in found.items() if name not in before} == {
        "ollama-api": (host, "http://10.0.0.155:1"),
        "metrics": ("metrics.internal.thinkheads.ai", "http://10.0.0.155:2"),
    }


def test_a_guests_own_rule_and_middlewares() -> None:
    """They are Traefik's, behind the middleware that every router has."""
    host = "ollama.internal.thinkheads.ai"
    fields = {"basicAuth": {"users": ["a:b", "c:d"]}}
    service = TraefikService(name="ollama", port=1, path_prefix="/api", middlewares={"guard": fields})
    found = routing(with_guest(reference(), 914, traefik_service=service))
    router = next(each for each in found.routers if each.name == "ollama")
    assert (router.rule, router.middlewares) == (f"Host(`{host}`) && PathPrefix(`/api`)", ("guard",))
    assert found.middlewares == {"guard": fields}
    rule = f"Host(`{host}`) && Method(`GET`)"
    given = TraefikService(name="ollama", port=1, rule=rule)
    found = routing(with_guest(reference(), 914, traefik_service=given))
    assert next(each.rule for each in found.routers if each.name == "ollama") == rule
