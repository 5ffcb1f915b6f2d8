"""Portainer's administrator: what is done from which state, tried on the servers."""

from collections.abc import Iterator
from pathlib import Path
from threading import Timer

import pytest
from pydantic import SecretStr

from phoenix.errors import OperationError
from phoenix.providers.core.refusal import Refuse
from phoenix.providers.portainer import admin
from phoenix.providers.portainer.admin import PortainerAdminReconciler, Step
from phoenix.specs.portainer import PortainerAdminSpec, PortainerServer
from tests import portainer_server
from tests.portainer_server import Server
from tests.providers.core.convergence import converge, live
from tests.providers.portainer import portainer_host

ADMIN = PortainerAdminReconciler()
WANTED = PortainerAdminSpec(
    server=PortainerServer(url="https://10.0.0.111:9443", node="10.0.0.13", root_path="/root.crt")
)

PLANS: list[tuple[str, dict[str, str] | None, list[object]]] = [
    ("as desired", {}, []),
    ("no administrator", None, [Step.ESTABLISH]),
    ("not answering", {"api": "Connection refused"}, [Step.AWAIT_API, Step.ESTABLISH]),
    ("another password", {"password": "refused"}, [Refuse]),
]


@pytest.mark.parametrize(("changes", "expected"), [plan[1:] for plan in PLANS], ids=[plan[0] for plan in PLANS])
def test_plan(changes: dict[str, str] | None, expected: list[object]) -> None:
    seen = None if changes is None else WANTED.model_copy(update=changes)
    planned = ADMIN.plan(seen, WANTED)
    assert [type(action) if isinstance(action, Refuse) else action for action in planned] == expected


@pytest.fixture(params=portainer_server.KINDS)
def server(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    yield from portainer_host.serve(request.param, tmp_path, monkeypatch)


@pytest.mark.portainer
def test_made_on_a_server_that_is_only_starting(server: Server) -> None:
    wanted = PortainerAdminSpec(server=server.spec)
    starting = Timer(1.0, server.start)
    starting.start()
    assert converge(ADMIN, server.settings, wanted) == [str(Step.AWAIT_API), str(Step.ESTABLISH)]
    starting.join()
    assert converge(ADMIN, server.settings, wanted) == []


@pytest.mark.portainer
def test_one_that_never_starts_meets_its_limit(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin, "START_SECONDS", 2.0)
    with pytest.raises(OperationError, match=r"no API after 2 s: .*refused"):
        converge(ADMIN, server.settings, PortainerAdminSpec(server=server.spec))


@pytest.mark.portainer
def test_another_password_is_shown_and_explained(server: Server) -> None:
    server.start()
    wanted = PortainerAdminSpec(server=server.spec)
    converge(ADMIN, server.settings, wanted)
    rotated = server.settings.model_copy(update={"portainer_admin_password": SecretStr("another password")})
    assert live(ADMIN, rotated, wanted).password == "refused"
    with pytest.raises(OperationError, match="only for whoever knows the old one") as failed:
        converge(ADMIN, rotated, wanted)
    assert "another password" not in str(failed.value).replace("has another password", "")
