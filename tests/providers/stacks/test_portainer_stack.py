"""Stacks that Portainer owns: plans, and what the servers make of them on a real engine."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docker.client import DockerClient
from pydantic import ValidationError

from phoenix.errors import OperationError
from phoenix.providers.portainer.endpoint import PortainerEndpointReconciler, endpoint_id
from phoenix.providers.stacks.portainer_stack import PortainerStackAction, PortainerStackReconciler
from phoenix.specs.portainer import PortainerEndpointSpec, PortainerServer
from phoenix.specs.stacks import PortainerStackSpec
from tests import portainer_server
from tests.portainer_agent import agent
from tests.portainer_server import Server
from tests.providers.core.convergence import converge, live
from tests.providers.portainer import portainer_host
from tests.providers.swarm import swarm_engine, swarm_host

ENDPOINT, STACK = PortainerEndpointReconciler(), PortainerStackReconciler()
CREATE, ASSOCIATE, UPDATE = PortainerStackAction
SERVER = PortainerServer(url="https://10.0.0.111:9443", node="10.0.0.13", root_path="/root.crt")
COMPOSE = """version: "3.8"
services:
  web:
    image: example/web:1
    environment: {TOKEN: "${TOKEN}"}
    deploy: {replicas: 0, endpoint_mode: dnsrr}
"""
WANTED = PortainerStackSpec(
    server=SERVER, endpoint="drphoenix", name="web-testing", compose=COMPOSE, env={"TOKEN": "a $ecret's value"}
)

PLANS: list[tuple[str, dict[str, Any] | None, list[PortainerStackAction]]] = [
    ("as desired", {}, []),
    ("absent", None, [CREATE]),
    ("another file", {"compose": "services: {}"}, [UPDATE]),
    ("another environment", {"env": {"TOKEN": "old"}}, [UPDATE]),
    ("a service that does not run", {"condition": "web is missing"}, [UPDATE]),
    ("an orphan", {"endpoint": "an environment that is gone (ID 3)"}, [ASSOCIATE, UPDATE]),
    ("another limit, which nothing live has", {"limit": 20}, []),
]


@pytest.mark.parametrize(("changes", "expected"), [plan[1:] for plan in PLANS], ids=[plan[0] for plan in PLANS])
def test_plan(changes: dict[str, Any] | None, expected: list[PortainerStackAction]) -> None:
    assert STACK.plan(None if changes is None else WANTED.model_copy(update=changes), WANTED) == expected


@pytest.mark.parametrize("name", ["Web", "we b", "-web", ""])
def test_a_name_that_portainer_would_change_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        PortainerStackSpec.model_validate({**WANTED.model_dump(), "name": name})


@pytest.fixture(scope="module")
def socket() -> Iterator[Path]:
    swarm_host.needs_cli()
    yield from swarm_engine.serve()


@pytest.fixture
def client(socket: Path) -> Iterator[DockerClient]:
    made = DockerClient(base_url=f"unix://{socket}")
    yield made
    for service in made.api.services():
        made.api.remove_service(service["ID"])
    made.close()


@pytest.fixture(params=portainer_server.KINDS)
def server(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    for made in portainer_host.serve(request.param, tmp_path, monkeypatch):
        made.start()
        made.api.initialise()
        yield made


@pytest.fixture
def endpoint(server: Server, tmp_path: Path, client: DockerClient, socket: Path) -> Iterator[PortainerEndpointSpec]:
    assert client.ping()
    with agent(tmp_path, socket) as url:
        made = PortainerEndpointSpec(server=server.spec, name="drphoenix", endpoint_url=url)
        converge(ENDPOINT, server.settings, made)
        yield made


@pytest.fixture
def wanted(server: Server, endpoint: PortainerEndpointSpec) -> PortainerStackSpec:
    return WANTED.model_copy(update={"server": server.spec, "endpoint": endpoint.name})


def _environment(client: DockerClient) -> list[str]:
    spec: dict[str, Any] = client.api.inspect_service("web-testing_web")["Spec"]
    return list(spec["TaskTemplate"]["ContainerSpec"]["Env"])


@pytest.mark.portainer
def test_made_once_changed_in_place_and_removed_twice(
    server: Server, wanted: PortainerStackSpec, client: DockerClient
) -> None:
    assert converge(STACK, server.settings, wanted) == [str(CREATE)]
    assert converge(STACK, server.settings, wanted) == []
    assert _environment(client) == ["TOKEN=a $ecret's value"]
    changed = wanted.model_copy(update={"env": {"TOKEN": "another-token"}})
    assert converge(STACK, server.settings, changed) == [str(UPDATE)]
    assert _environment(client) == ["TOKEN=another-token"]
    for _ in range(2):
        STACK.remove(server.settings, wanted)
        assert live(STACK, server.settings, wanted) is None
    assert client.api.services() == []


@pytest.mark.portainer
def test_what_runs_already_is_taken_over_from_nobody(
    server: Server, wanted: PortainerStackSpec, client: DockerClient
) -> None:
    STACK.admit(server.settings, wanted)
    labels = {"com.docker.stack.namespace": wanted.name}
    client.api.create_service({"ContainerSpec": {"Image": "web"}}, name="web-testing_web", labels=labels)
    with pytest.raises(
        OperationError, match=r"(?s)runs already, and Portainer takes over none.*docker stack rm web-testing"
    ):
        STACK.admit(server.settings, wanted)
    client.api.remove_service("web-testing_web")
    converge(STACK, server.settings, wanted)
    # what it deployed itself, it knows again
    STACK.admit(server.settings, wanted)


@pytest.mark.portainer
def test_what_was_changed_by_hand_shows_and_is_put_right(
    server: Server, wanted: PortainerStackSpec, client: DockerClient
) -> None:
    converge(STACK, server.settings, wanted)
    service = client.services.get("web-testing_web")
    service.update(image="example/web:2", labels=service.attrs["Spec"]["Labels"])
    assert live(STACK, server.settings, wanted).condition == "web-testing_web was changed by hand"
    assert converge(STACK, server.settings, wanted) == [str(UPDATE)]
    client.api.remove_service("web-testing_web")
    assert live(STACK, server.settings, wanted).condition == "web-testing_web is missing"
    assert converge(STACK, server.settings, wanted) == [str(UPDATE)]


@pytest.mark.portainer
def test_an_orphan_goes_back_to_its_environment(
    server: Server, wanted: PortainerStackSpec, endpoint: PortainerEndpointSpec
) -> None:
    if server.kind == "own":
        pytest.skip("the lab's own server gives no orphan back to an environment")
    converge(STACK, server.settings, wanted)
    server.api.request("DELETE", f"endpoints/{endpoint_id(server.api, endpoint.name)}")
    assert live(STACK, server.settings, wanted) is None
    converge(ENDPOINT, server.settings, endpoint)
    assert converge(STACK, server.settings, wanted) == [str(ASSOCIATE), str(UPDATE)]


@pytest.mark.portainer
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("image:", "imag:"), "Additional property imag is not allowed"),
        (("deploy:", "secrets: [nosuch]\n    deploy:"), "(?i)undefined secret.*nosuch"),
    ],
)
def test_what_the_swarm_refuses_is_the_cause(
    server: Server, wanted: PortainerStackSpec, change: tuple[str, str], words: str
) -> None:
    broken = wanted.model_copy(update={"compose": COMPOSE.replace(*change)})
    with pytest.raises(OperationError, match=words) as failed:
        converge(STACK, server.settings, broken)
    assert "stack web-testing: create it" in str(failed.value)
    assert "$ecret" not in str(failed.value)
