"""Several commands on a target by one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from phoenix.clients.shell import open_shell
from phoenix.errors import UnobservableError
from phoenix.specs.target import LxcTarget, NodeTarget
from tests import loopback_ssh
from tests.loopback_ssh import Loopback


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    yield from loopback_ssh.serve(tmp_path, monkeypatch)


def test_each_has_its_own_answer(host: Loopback) -> None:
    node = f"{host.address}:{host.port}"
    for target in (NodeTarget(node=node), LxcTarget(node=node, vmid=101)):
        first, second, third = open_shell(host.settings, target).run_all(
            [["printf", "a\\n\\n"], ["sh", "-c", "echo no >&2; exit 44"], ["cat"]]
        )
        assert (first.exit_code, first.stdout) == (0, b"a\n\n")
        assert (second.exit_code, second.complaint) == (44, "no")
        assert (third.exit_code, third.stdout) == (0, b"")


def test_what_was_cut_off_is_no_answer(host: Loopback) -> None:
    shell = open_shell(host.settings, NodeTarget(node=f"{host.address}:{host.port}"))
    with pytest.raises(UnobservableError, match="cut off"):
        # the shell of the batch itself ends
        shell.run_all([["true"], ["sh", "-c", "kill -TERM $PPID; sleep 1"], ["true"]])
