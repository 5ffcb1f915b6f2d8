"""The client of Portainer's API, against every server that has it: the real one and the lab's."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from phoenix.clients import portainer
from phoenix.clients.portainer import PortainerError
from phoenix.errors import OperationError, UnobservableError
from phoenix.pki.chain import to_pem
from tests import portainer_server
from tests.pki.authority import Authority
from tests.portainer_server import Server
from tests.providers.portainer import portainer_host

pytestmark = pytest.mark.portainer


@pytest.fixture(params=portainer_server.KINDS)
def server(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    for made in portainer_host.serve(request.param, tmp_path, monkeypatch):
        made.start()
        yield made


def test_the_status_needs_nobody(server: Server) -> None:
    assert server.api.status().keys() >= {"Version", "InstanceID"}


def test_an_administrator_is_made_once(server: Server) -> None:
    assert not server.api.initialised()
    server.api.initialise()
    assert server.api.initialised()
    with pytest.raises(PortainerError) as refused:
        server.api.initialise()
    assert refused.value.status == 409


def test_a_change_after_a_login_is_not_taken_for_a_forgery(server: Server) -> None:
    server.api.initialise()
    server.api.login()
    assert server.api.request("POST", "users/1/tokens", json=_token_request(server))["rawAPIKey"]


def test_a_login_is_renewed_when_the_server_forgot_it(server: Server) -> None:
    server.api.initialise()
    assert server.api.get("endpoints") == []
    session = server.api
    server.stop()
    server.start()
    assert server.api is session
    assert session.get("endpoints") == []


def test_another_password_is_422(server: Server) -> None:
    server.api.initialise()
    other = server.settings.model_copy(update={"portainer_admin_password": SecretStr("another password")})
    with pytest.raises(PortainerError) as refused:
        portainer.portainer(other, server.spec).login()
    assert refused.value.status == 422


def test_another_root_is_refused_whatever_the_environment_says(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "root.pem"))
    other = server.spec.model_copy(update={"root_path": str(server.room / "other.pem")})
    Path(other.root_path).write_bytes(to_pem(Authority().root))
    with pytest.raises(UnobservableError, match="does not verify against"):
        portainer.portainer(server.settings, other).status()


def test_a_server_that_is_down_is_unobservable(server: Server) -> None:
    server.stop()
    with pytest.raises(UnobservableError, match="Connection refused"):
        server.api.status()


def test_a_missing_root_is_unobservable(server: Server) -> None:
    other = server.spec.model_copy(update={"root_path": str(server.room / "nowhere.pem")})
    with pytest.raises(UnobservableError, match=r"no root certificate .*nowhere\.pem"):
        portainer.portainer(server.settings, other)


def test_nothing_secret_is_logged_or_said(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server.api.initialise()
    server.api.get("endpoints")
    with (
        pytest.raises(OperationError) as failed,
        portainer.asking(server.spec, "stack a", "read it", "run again"),
    ):
        server.api.get("stacks/99")
    said = caplog.text + str(failed.value)
    assert "stack a: read it on https://127.0.0.1" in said
    assert server.settings.portainer_admin_password.get_secret_value() not in said
    assert "Bearer" not in said


def _token_request(server: Server) -> dict[str, str]:
    return {"password": server.settings.portainer_admin_password.get_secret_value(), "description": "a test"}
