"""Environments of Portainer: plans, and what the servers make of them before a real engine."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from phoenix.errors import OperationError
from phoenix.providers.portainer import endpoint
from phoenix.providers.portainer.endpoint import PortainerEndpointAction, PortainerEndpointReconciler, endpoint_id
from phoenix.specs.portainer import PortainerEndpointSpec, PortainerServer
from tests import portainer_server
from tests.portainer_agent import agent
from tests.portainer_server import Server
from tests.providers.core.convergence import converge, live
from tests.providers.portainer import portainer_host
from tests.providers.swarm import swarm_engine

ENDPOINT = PortainerEndpointReconciler()
CREATE, UPDATE, AWAIT_UP = PortainerEndpointAction
SERVER = PortainerServer(url="https://10.0.0.111:9443", node="10.0.0.13", root_path="/root.crt")
WANTED = PortainerEndpointSpec(server=SERVER, name="drphoenix", endpoint_url="tcp://10.0.0.102:9001")

PLANS: list[tuple[str, dict[str, Any] | None, list[PortainerEndpointAction]]] = [
    ("as desired", {}, []),
    ("absent", None, [CREATE, AWAIT_UP]),
    ("down", {"status": "down: HTTP 502"}, [AWAIT_UP]),
    ("another name for the URL", {"name": "old"}, [UPDATE, AWAIT_UP]),
    ("another URL", {"endpoint_url": "tcp://10.0.0.103:9001"}, [UPDATE, AWAIT_UP]),
    ("another group", {"group": 2}, [UPDATE, AWAIT_UP]),
    ("without TLS, and down", {"tls": False, "status": "down"}, [UPDATE, AWAIT_UP]),
]


@pytest.mark.parametrize(("changes", "expected"), [plan[1:] for plan in PLANS], ids=[plan[0] for plan in PLANS])
def test_plan(changes: dict[str, Any] | None, expected: list[PortainerEndpointAction]) -> None:
    assert ENDPOINT.plan(None if changes is None else WANTED.model_copy(update=changes), WANTED) == expected


@pytest.fixture(scope="module")
def socket() -> Iterator[Path]:
    yield from swarm_engine.serve()


@pytest.fixture(params=portainer_server.KINDS)
def server(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    for made in portainer_host.serve(request.param, tmp_path, monkeypatch):
        made.start()
        made.api.initialise()
        yield made


@pytest.fixture
def wanted(server: Server, tmp_path: Path, socket: Path) -> Iterator[PortainerEndpointSpec]:
    with agent(tmp_path, socket) as url:
        yield PortainerEndpointSpec(server=server.spec, name="drphoenix", endpoint_url=url)


@pytest.mark.portainer
def test_registered_once_and_removed_twice(server: Server, wanted: PortainerEndpointSpec) -> None:
    assert converge(ENDPOINT, server.settings, wanted) == [str(CREATE), str(AWAIT_UP)]
    assert converge(ENDPOINT, server.settings, wanted) == []
    seen = ENDPOINT.observe(server.settings, wanted)
    assert seen is not None
    assert seen.outputs == {"endpoint_id": endpoint_id(server.api, "drphoenix")}
    for _ in range(2):
        ENDPOINT.remove(server.settings, wanted)
        assert live(ENDPOINT, server.settings, wanted) is None


@pytest.mark.portainer
def test_found_by_its_url_and_named_in_place(server: Server, wanted: PortainerEndpointSpec) -> None:
    converge(ENDPOINT, server.settings, wanted)
    before = endpoint_id(server.api, "drphoenix")
    renamed = wanted.model_copy(update={"name": "other"})
    assert converge(ENDPOINT, server.settings, renamed) == [str(UPDATE), str(AWAIT_UP)]
    assert endpoint_id(server.api, "other") == before
    assert len(server.api.get("endpoints")) == 1


@pytest.mark.portainer
def test_an_agent_that_cannot_be_reached_is_the_cause(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "UP_SECONDS", 2.0)
    nobody = PortainerEndpointSpec(server=server.spec, name="nobody", endpoint_url="tcp://127.0.0.1:9")
    with pytest.raises(OperationError, match=r"(?s)register it.*127\.0\.0\.1:9.*AGENT_SECRET"):
        converge(ENDPOINT, server.settings, nobody)


@pytest.mark.portainer
def test_an_agent_that_went_down_shows(
    server: Server, tmp_path: Path, socket: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoint, "UP_SECONDS", 2.0)
    with agent(tmp_path, socket) as url:
        wanted = PortainerEndpointSpec(server=server.spec, name="drphoenix", endpoint_url=url)
        converge(ENDPOINT, server.settings, wanted)
    assert live(ENDPOINT, server.settings, wanted).status.startswith("down: ")
    with pytest.raises(OperationError, match="wait until its agent answers"):
        converge(ENDPOINT, server.settings, wanted)
