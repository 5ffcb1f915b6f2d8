"""The node's address with the port of its SSH, where that is not the usual one."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from phoenix.clients import ssh
from phoenix.clients.shell import node_account, open_shell
from phoenix.clients.ssh import pinned_key
from phoenix.errors import UnobservableError
from phoenix.specs.target import LxcTarget, NodeTarget, Target
from tests import loopback_ssh
from tests.loopback_ssh import Loopback


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    for made in loopback_ssh.serve(tmp_path, monkeypatch):
        # that of virtual machines is as ever
        monkeypatch.setattr(ssh, "PORT", 22)
        yield made


def test_a_node_is_reached_on_its_port(host: Loopback) -> None:
    node = f"{host.address}:{host.port}"
    targets: list[Target] = [NodeTarget(node=node), LxcTarget(node=node, vmid=101)]
    for target in targets:
        assert open_shell(host.settings, target).run(["echo", "here"]).text == "here"


def test_the_key_of_that_port_is_the_pinned_one(host: Loopback) -> None:
    account = node_account(host.settings, f"{host.address}:{host.port}")
    assert (account.address, account.port) == (host.address, host.port)
    own = (host.sandbox / "host_key.pub").read_text()
    assert pinned_key(host.settings.known_hosts, account.address, account.port).split()[:2] == own.split()[:2]


def test_without_a_port_it_is_the_usual_one(host: Loopback) -> None:
    account = node_account(host.settings, host.address)
    assert (account.address, account.port) == (host.address, 22)


def test_whoever_logs_in_anew_ends_no_command_of_another(host: Loopback, tmp_path: Path) -> None:
    """A change in one thread must not fail because a look in another one found an engine that does not answer."""
    shell = open_shell(host.settings, NodeTarget(node=f"{host.address}:{host.port}"))
    account = node_account(host.settings, f"{host.address}:{host.port}")
    go, done = tmp_path / "go", []
    script = f"echo begun > {tmp_path}/begun; while [ ! -e {go} ]; do sleep 0.02; done; echo ended"
    slow = threading.Thread(target=lambda: done.append(shell.run(["sh", "-c", script]).text))
    slow.start()
    for _ in range(500):
        if (tmp_path / "begun").exists():
            break
        slow.join(0.01)
    before = ssh._connections[account]
    shell.disconnect()
    assert shell.run(["echo", "anew"]).text == "anew"
    assert ssh._connections[account] is not before
    go.touch()
    slow.join(10)
    assert done == ["ended"]
    # and it ends with what was under way
    for _ in range(200):
        if before.is_closed():
            return
        slow.join(0.01)
        threading.Event().wait(0.01)
    raise AssertionError("the forgotten connection stays open")


def test_nobody_at_the_port_is_unobservable(host: Loopback) -> None:
    with pytest.raises(UnobservableError, match=rf"root@{host.address}:1: "):
        open_shell(host.settings, NodeTarget(node=f"{host.address}:1")).run(["true"])
