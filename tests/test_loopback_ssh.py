"""The loopback server is a real one: it checks keys both ways, and commands keep their words, input and exit code."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from phoenix.clients.shell import open_shell
from phoenix.errors import OperationError, UnobservableError
from phoenix.specs.target import LxcTarget, NodeTarget, Target, VmTarget
from phoenix.vocabulary.network import node_address
from tests import loopback_ssh
from tests.loopback_ssh import Loopback


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    yield from loopback_ssh.serve(tmp_path, monkeypatch, ("127.0.0.1", "127.0.0.2"))


def node(host: Loopback) -> NodeTarget:
    return NodeTarget(node=node_address(host.address, host.port))


def container(host: Loopback) -> LxcTarget:
    return LxcTarget(node=node(host).node, vmid=101)


def machine(host: Loopback) -> VmTarget:
    return VmTarget(node=node(host).node, vmid=1001, address="127.0.0.2", user="someone")


@pytest.mark.parametrize("target", [node, container, machine])
def test_words_input_and_exit_code_survive(host: Loopback, target: Callable[[Loopback], Target]) -> None:
    shell = open_shell(host.settings, target(host))
    done = shell.run(["sh", "-c", 'cat; printf %s "$1" >&2; exit 7', "sh", "a b'$c"], stdin=b"\x00in", check=False)
    assert (done.exit_code, done.stdout, done.stderr) == (7, b"\x00in", b"a b'$c")


def test_a_script_of_the_sandbox_comes_first(host: Loopback) -> None:
    host.script("systemctl", 'echo "$@" >> "$CALLS"')
    open_shell(host.settings, node(host)).run(["systemctl", "restart", "dnsmasq"])
    assert host.calls() == ["restart dnsmasq"]


def test_large_output_is_whole(host: Loopback) -> None:
    done = open_shell(host.settings, node(host)).run(["head", "-c", "3000000", "/dev/zero"])
    assert len(done.stdout) == 3_000_000


def test_a_command_without_input_reads_an_end(host: Loopback) -> None:
    assert open_shell(host.settings, node(host)).run(["cat"], timeout=5.0).stdout == b""


def test_a_stopped_container_is_unobservable(host: Loopback) -> None:
    host.stop_guest(101)
    with pytest.raises(UnobservableError, match="not running"):
        open_shell(host.settings, container(host)).run(["true"])


def test_a_failure_carries_the_commands_words(host: Loopback) -> None:
    with pytest.raises(OperationError, match="no such thing"):
        open_shell(host.settings, node(host)).run(["sh", "-c", "echo no such thing >&2; exit 1"])


def test_another_host_key_is_refused(host: Loopback) -> None:
    Path(host.settings.known_hosts).write_text(
        f"[127.0.0.1]:{host.port} ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGb9E4d7zKQfJ8mJ0c0m1gL1o5q9bX7Z5mYbq5XU1vYk\n"
    )
    with pytest.raises(UnobservableError, match="host key is not the pinned one"):
        open_shell(host.settings, node(host)).run(["true"])


def test_a_command_without_end_meets_its_limit(host: Loopback) -> None:
    with pytest.raises(UnobservableError, match="did not end within 1 s"):
        open_shell(host.settings, node(host)).run(["sleep", "30"], timeout=1.0)
