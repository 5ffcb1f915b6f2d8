"""A VM's engine over SSH: one client for all, private on this side, and found again after a restart."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from phoenix.clients import docker_engine, ssh
from phoenix.clients.docker_engine import engine, observing, reaching
from phoenix.clients.private_directory import private_directory
from phoenix.clients.shell import vm_account
from phoenix.errors import OperationError, UnobservableError
from phoenix.specs.target import VmTarget
from phoenix.vocabulary.network import node_address
from tests import loopback_ssh
from tests.loopback_ssh import Loopback
from tests.providers.swarm import swarm_engine, swarm_host
from tests.providers.swarm.swarm_host import SwarmHost


@pytest.fixture(scope="module")
def socket() -> Iterator[Path]:
    yield from swarm_engine.serve()


@pytest.fixture
def swarm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, socket: Path) -> Iterator[SwarmHost]:
    yield from swarm_host.serve(tmp_path, monkeypatch, socket)


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    monkeypatch.setattr(docker_engine, "_clients", {})
    yield from loopback_ssh.serve(tmp_path, monkeypatch)


def test_one_client_serves_all(swarm: SwarmHost) -> None:
    client = engine(swarm.settings, swarm.manager)
    assert client.info()["ID"] == swarm.client.info()["ID"]
    assert engine(swarm.settings, swarm.manager) is client


def test_only_this_user_enters_the_directory_of_the_sockets(swarm: SwarmHost) -> None:
    engine(swarm.settings, swarm.manager)
    directory = private_directory("docker")
    assert list(directory.glob("1001-*.sock"))
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700


def test_a_lost_connection_is_made_anew(swarm: SwarmHost) -> None:
    before = engine(swarm.settings, swarm.manager)
    ssh.disconnect(vm_account(swarm.settings, swarm.manager))
    after = engine(swarm.settings, swarm.manager)
    assert after is not before
    assert after.ping()


def test_an_engine_that_is_down_is_unobservable(host: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docker_engine, "REMOTE_SOCKET", str(host.sandbox / "nowhere.sock"))
    manager = VmTarget(node=node_address(host.address, host.port), vmid=1001, address=host.address, user="someone")
    with pytest.raises(UnobservableError, match=r"SSH answers, but .*nowhere\.sock does not"):
        engine(host.settings, manager)


def test_a_host_that_is_down_is_unobservable(host: Loopback) -> None:
    manager = VmTarget(node=node_address(host.address, host.port), vmid=1001, address="127.0.0.9", user="someone")
    with pytest.raises(UnobservableError, match=r"127\.0\.0\.9"):
        engine(host.settings, manager)


def test_what_the_engine_refuses_names_the_operation(swarm: SwarmHost) -> None:
    client = engine(swarm.settings, swarm.manager)
    with (
        pytest.raises(OperationError, match=r"(?s)stack a: take it away on 127.*nosuch not found.*next: run again"),
        reaching(swarm.manager, "stack a", "take it away", "run again"),
    ):
        client.api.remove_service("nosuch")


def test_what_the_engine_refuses_while_it_is_read_is_unobservable(swarm: SwarmHost) -> None:
    client = engine(swarm.settings, swarm.manager)
    with pytest.raises(UnobservableError, match="nosuch not found"), observing(swarm.manager, "stack a"):
        client.api.inspect_service("nosuch")
