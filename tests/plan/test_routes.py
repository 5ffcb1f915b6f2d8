"""Routes: which names lead where, by the guests' services and the stacks' labels and published ports."""

from typing import Any

import pytest

from phoenix.model import Cluster, DeployedBy, Scheme, Stack, StackEnvironment, TraefikService
from phoenix.plan.routes import routes
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
    assert reference().gateway_guest.address not in {route.address for route in found}


def test_a_guests_service_takes_a_stacks_name() -> None:
    service = TraefikService(name="qdrant", port=1)
    found = {route.host: route.url for route in routes(with_guest(reference(), 914, traefik_service=service))}
    assert found["qdrant.internal.thinkheads.ai"] == "http://10.0.0.155:1"


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
    ("long form, unpublished", [{"target": 80}], PORT, {}, 80),
    ("short form", ["8080:80"], PORT, {}, 8080),
    ("short form with address", ["127.0.0.1:8080:80"], PORT, {}, 8080),
    ("short form with protocol", ["8080:80/tcp"], PORT, {}, 8080),
    ("a bare port", ["80"], PORT, {}, 80),
    ("within a range", ["8081-8083:81-83"], PORT.replace("80", "82"), {}, 8082),
    ("among others", ["9443:443", {"target": 80, "published": 8080}], PORT, {}, 8080),
    ("not published", ["9443:443"], PORT, {}, 80),
    ("no ports", [], PORT, {}, 80),
    ("variables", ["${OUTER}:${INNER}"], PORT.replace("80", "${INNER}"), {"OUTER": "8080", "INNER": "80"}, 8080),
    ("variables, long form", [{"target": "${P}", "published": "${P}"}], PORT.replace("80", "${P}"), {"P": "81"}, 81),
    ("beside a range", ["7000-7010:7000-7010", "8080:80"], PORT, {}, 8080),
    ("one variable for both", ["${PORTS}"], PORT, {"PORTS": "8080:80"}, 8080),
]


@pytest.mark.parametrize(("ports", "label", "given", "port"), [p[1:] for p in PUBLISHED], ids=[p[0] for p in PUBLISHED])
def test_a_stacks_route_leads_to_the_published_port(ports: Any, label: str, given: dict[str, str], port: int) -> None:
    (route,) = [each for each in routes(deployed(ports, [RULE, label], given)) if each.host.startswith("web.")]
    assert (route.url, route.name) == (f"http://10.0.0.102:{port}", "more-web")


def stack_hosts(labels: list[str], **given: str) -> dict[str, str]:
    found = routes(deployed([], labels, given))
    return {route.name: f"{route.scheme}://{route.host}" for route in found if route.name.startswith("more-")}


def test_two_hosts_of_one_service_are_two_routes() -> None:
    rule = "traefik.http.routers.web.rule=Host(`a.x`) || Host(`B.x`)"
    assert stack_hosts([rule, PORT]) == {"more-web": "http://a.x", "more-web-1": "http://b.x"}


def test_a_variable_in_a_host_name_is_expanded() -> None:
    rule = "traefik.http.routers.web.rule=Host(`${NAME}.x`)"
    assert stack_hosts([rule, PORT], NAME="app") == {"more-web": "http://app.x"}


def test_a_backend_with_tls() -> None:
    scheme = "traefik.http.services.web.loadbalancer.server.scheme=https"
    assert stack_hosts([RULE, PORT, scheme]) == {"more-web": "https://web.internal.thinkheads.ai"}


@pytest.mark.parametrize("labels", [[], [RULE], [PORT], ["traefik.enable=true"]])
def test_labels_without_a_host_and_a_port_make_no_route(labels: list[str]) -> None:
    assert stack_hosts(labels) == {}
