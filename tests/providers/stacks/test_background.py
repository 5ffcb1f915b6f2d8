"""Stacks that Portainer deploys in the background, as from 2.41 on."""

from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from docker.client import DockerClient

from phoenix.errors import OperationError
from phoenix.providers.portainer.endpoint import PortainerEndpointReconciler
from phoenix.providers.stacks import background
from phoenix.providers.stacks.portainer_stack import PortainerStackAction, PortainerStackReconciler
from phoenix.specs.portainer import PortainerEndpointSpec, PortainerServer
from phoenix.specs.stacks import PortainerStackSpec
from tests import portainer_server
from tests.engine_29 import engine_29
from tests.newer_portainer import Newer, newer
from tests.portainer_agent import agent
from tests.portainer_server import Server
from tests.providers.core.convergence import converge
from tests.providers.portainer import portainer_host
from tests.providers.swarm import swarm_engine, swarm_host

ENDPOINT, STACK = PortainerEndpointReconciler(), PortainerStackReconciler()
CREATE, _, UPDATE = PortainerStackAction
COMPOSE = """services:
  web:
    image: example/web:1
    deploy: {replicas: 0, endpoint_mode: dnsrr}
"""
SPEC = PortainerStackSpec(
    server=PortainerServer(url="https://10.0.0.111:9443", node="10.0.0.13", root_path="/root.crt"),
    endpoint="drphoenix",
    name="web-testing",
    compose=COMPOSE,
    limit=20,
)


@pytest.mark.parametrize(
    ("stack", "words"),
    [
        (None, ""),
        ({"Status": 1}, ""),
        ({"Status": 4, "DeploymentStatus": [{"Status": 3}, {"Status": 4, "Message": "no image"}]}, "no image"),
        ({"Status": 4, "deploymentStatus": [{"status": 4, "message": " no image\n"}]}, "no image"),
        ({"Status": 4}, "gives no reason"),
        ({"Status": 3}, "still deploys it after 1 s"),
    ],
)
def test_how_it_ended(stack: dict[str, Any] | None, words: str) -> None:
    told = background.await_end(lambda: stack, SPEC.model_copy(update={"limit": 1}))
    assert words in told
    assert bool(words) == bool(told)


@pytest.fixture(scope="module")
def socket() -> Iterator[Path]:
    swarm_host.needs_cli()
    yield from swarm_engine.serve()


@pytest.fixture(params=portainer_server.KINDS)
def server(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    for made in portainer_host.serve(request.param, tmp_path, monkeypatch):
        made.start()
        made.api.initialise()
        yield made


@pytest.fixture
def given(server: Server, tmp_path: Path, socket: Path) -> Iterator[tuple[PortainerStackSpec, Newer]]:
    """A stack of a newer server, before an engine of 29."""
    with engine_29(tmp_path, socket) as engine, agent(tmp_path, engine) as url, newer(server, "2.45.0") as (spec, seen):
        converge(ENDPOINT, server.settings, PortainerEndpointSpec(server=spec, name="drphoenix", endpoint_url=url))
        yield SPEC.model_copy(update={"server": spec}), seen
    client = DockerClient(base_url=f"unix://{socket}")
    for service in client.api.services():
        client.api.remove_service(service["ID"])
    client.close()


@pytest.mark.portainer
def test_it_is_awaited(server: Server, given: tuple[PortainerStackSpec, Newer]) -> None:
    wanted, seen = given
    assert converge(STACK, server.settings, wanted) == [str(CREATE)]
    # what runs meanwhile is what ran before: it must not be taken for the new one
    changed = wanted.model_copy(update={"compose": COMPOSE.replace(":1", ":2")})
    assert converge(STACK, server.settings, changed) == [str(UPDATE)]
    assert converge(STACK, server.settings, changed) == []
    assert seen.refused == []


@pytest.mark.portainer
def test_another_deployment_is_awaited_first(server: Server, given: tuple[PortainerStackSpec, Newer]) -> None:
    wanted, seen = given
    converge(STACK, server.settings, wanted)
    changed = wanted.model_copy(update={"compose": COMPOSE.replace(":1", ":2")})
    first = Thread(target=lambda: STACK.perform(server.settings, changed, UPDATE))
    first.start()
    while seen.stacks[wanted.name]["Status"] == 1:
        first.join(0.05)
    last = wanted.model_copy(update={"compose": COMPOSE.replace(":1", ":3")})
    STACK.perform(server.settings, last, UPDATE)
    first.join(30)
    assert seen.refused == []
    assert converge(STACK, server.settings, last) == []


@pytest.mark.portainer
def test_its_failure_is_told(server: Server, given: tuple[PortainerStackSpec, Newer]) -> None:
    wanted, _ = given
    broken = wanted.model_copy(update={"compose": COMPOSE.replace("image:", "imag:")})
    with pytest.raises(OperationError, match="Additional property imag is not allowed"):
        converge(STACK, server.settings, broken)
