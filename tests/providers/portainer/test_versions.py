"""Portainer's version and the engines': what fits, what is refused, and that an engine of 29 is spoken to."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from phoenix.clients import docker_engine
from phoenix.errors import OperationError, PhoenixError
from phoenix.providers.portainer import admin
from phoenix.providers.portainer.admin import PortainerAdmin, PortainerAdminReconciler, Step
from phoenix.providers.portainer.fit import oldest_api
from phoenix.specs.portainer import OldestApi, PortainerAdminSpec, PortainerServer
from phoenix.specs.target import VmTarget
from tests import portainer_server
from tests.engine_29 import engine_29
from tests.newer_portainer import newer
from tests.portainer_server import Server
from tests.providers.core.convergence import converge
from tests.providers.portainer import portainer_host
from tests.providers.swarm import swarm_engine

ADMIN = PortainerAdminReconciler()
WANTED = PortainerAdminSpec(
    server=PortainerServer(url="https://10.0.0.111:9443", node="10.0.0.13", root_path="/root.crt"), version="2.33.5"
)
OF_29 = OldestApi(api="1.44", version="29.0.0", host="guest 1002")


@pytest.mark.parametrize(
    ("image", "live", "fits"),
    [
        ("2.33.5", "2.33.5", True),
        ("2.36.0", "2.36.0", True),
        ("2.39.8", "2.39.8", True),
        ("2.33.4", "2.33.4", False),
        ("2.35.0", "2.35.0", False),
        ("2.23.0", "2.23.0", False),
        # this very run brings one that fits, or takes one away
        ("2.33.5", "2.23.0", True),
        ("2.35.0", "2.33.5", False),
        # a tag like lts tells nothing: what answers counts
        ("", "2.33.5", True),
        ("", "2.33.4", False),
    ],
)
def test_before_an_engine_of_29(image: str, live: str, fits: bool) -> None:
    wanted = WANTED.model_copy(update={"version": image})
    seen = wanted.model_copy(update={"version": live, "oldest_api": OF_29})
    if fits:
        assert ADMIN.plan(seen, wanted) == ([Step.AWAIT_VERSION] if image not in ("", live) else [])
        return
    told = rf"(?s)version {image or live} .*does not fit the engine 29\.0\.0 of guest 1002.*1\.44.*2\.33\.5.*2\.36\.0"
    with pytest.raises(OperationError, match=told):
        ADMIN.plan(seen, wanted)


def test_one_that_is_too_old_before_any_engine() -> None:
    wanted = WANTED.model_copy(update={"version": ""})
    with pytest.raises(OperationError, match=r"(?s)2\.22\.0 of Portainer is older than 2\.23\.0.*next: .*tag"):
        ADMIN.plan(wanted.model_copy(update={"version": "2.22.0"}), wanted)


def _diff(olds: PortainerAdminSpec, news: PortainerAdminSpec) -> bool:
    provider = PortainerAdmin.provider()
    given = [each.model_dump(mode="json", exclude_none=True) for each in (olds, news)]
    return bool(provider.diff("portainer/x", *given).changes)


def test_the_preview_refuses_them() -> None:
    """What a refresh has read stands in the recorded state when the engine asks for the difference."""
    wanted = WANTED.model_copy(update={"version": "2.33.4"})
    live = wanted.model_copy(update={"oldest_api": OF_29})
    with pytest.raises(PhoenixError, match="does not fit the engine"):
        _diff(live, wanted)
    unknown = WANTED.model_copy(update={"version": ""})
    with pytest.raises(PhoenixError, match="older than"):
        _diff(unknown.model_copy(update={"version": "2.22.0"}), unknown)


@pytest.mark.parametrize("image", ["2.33.5", ""])
def test_what_fits_is_no_difference(image: str) -> None:
    wanted = WANTED.model_copy(update={"version": image})
    assert not _diff(wanted.model_copy(update={"version": "2.33.5", "oldest_api": OF_29}), wanted)


def test_another_version_of_the_image_is_one() -> None:
    assert _diff(WANTED.model_copy(update={"version": "2.23.0", "oldest_api": OF_29}), WANTED)


@pytest.fixture(scope="module")
def socket() -> Iterator[Path]:
    yield from swarm_engine.serve()


@pytest.fixture(params=portainer_server.KINDS)
def server(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    for made in portainer_host.serve(request.param, tmp_path, monkeypatch):
        made.start()
        yield made


def _guest(server: Server, socket: Path, monkeypatch: pytest.MonkeyPatch) -> VmTarget:
    monkeypatch.setattr(docker_engine, "REMOTE_SOCKET", str(socket))
    monkeypatch.setattr(docker_engine, "_clients", {})
    return VmTarget(node=server.spec.node, vmid=1002, address=server.host.address, user="someone")


@pytest.mark.portainer
def test_an_engine_is_asked_for_the_oldest_api_that_it_answers(
    server: Server, tmp_path: Path, socket: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = PortainerAdminSpec(server=server.spec, version="2.23.0", engines=(_guest(server, socket, monkeypatch),))
    converge(ADMIN, server.settings, wanted)
    with engine_29(tmp_path, socket) as engine:
        _guest(server, engine, monkeypatch)
        with pytest.raises(OperationError, match=r"2\.23\.0 of Portainer does not fit the engine 29\.0\.0 of guest"):
            converge(ADMIN, server.settings, wanted)
    (tmp_path / "engine-29.sock").unlink()
    with engine_29(tmp_path, socket, oldest="1.24") as lowered:
        _guest(server, lowered, monkeypatch)
        assert converge(ADMIN, server.settings, wanted) == []


@pytest.mark.portainer
def test_an_engine_that_cannot_be_reached_says_nothing(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert oldest_api(server.settings, (_guest(server, tmp_path / "nothing.sock", monkeypatch),)) is None


@pytest.mark.portainer
def test_an_image_that_is_not_what_its_tag_says(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin, "START_SECONDS", 1.0)
    converge(ADMIN, server.settings, PortainerAdminSpec(server=server.spec))
    wanted = PortainerAdminSpec(server=server.spec, version="2.33.5")
    with pytest.raises(OperationError, match=r"it answers as 2\.23\.0, and its image is tagged 2\.33\.5"):
        converge(ADMIN, server.settings, wanted)


@pytest.mark.portainer
def test_one_that_wants_its_setup_token(server: Server) -> None:
    with newer(server, "2.43.0") as (spec, _):
        wanted = PortainerAdminSpec(server=spec, version="2.43.0")
        with pytest.raises(OperationError, match=r"(?s)setup token.*next: .*--admin-password-file"):
            converge(ADMIN, server.settings, wanted)
        server.api.initialise()
        assert converge(ADMIN, server.settings, wanted) == []
