"""A command whose input ends early, because whoever sent it was killed: what was there before stays."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from phoenix.clients import files, switched_files
from phoenix.clients.archive import Member
from phoenix.clients.shell import Shell
from phoenix.clients.ssh import Completed
from phoenix.clients.switched_files import Place
from phoenix.errors import OperationError
from phoenix.specs.target import NodeTarget
from phoenix.vocabulary.network import node_address
from tests import loopback_ssh
from tests.loopback_ssh import Loopback

OWNER = "root:root"
BLOCK = 512
"""Of a tar archive: a file's header and its content each begin one."""


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    yield from loopback_ssh.serve(tmp_path, monkeypatch)


@dataclass
class CutShell(Shell):
    """A shell whose connection breaks after so many bytes of a command's input."""

    sent: int

    def __init__(self, host: Loopback, sent: int) -> None:
        super().__init__(host.settings, NodeTarget(node=node_address(host.address, host.port)))
        self.sent = sent

    def run(self, argv: Sequence[str], *, stdin: bytes = b"", timeout: float = 60.0, check: bool = True) -> Completed:
        return super().run(argv, stdin=stdin[: self.sent], timeout=timeout, check=check)


def shell(host: Loopback) -> Shell:
    return Shell(host.settings, NodeTarget(node=node_address(host.address, host.port)))


@pytest.mark.parametrize("sent", [0, 1, 9])
def test_a_file_stays_what_it_was(host: Loopback, tmp_path: Path, sent: int) -> None:
    path = tmp_path / "kept" / "ca.pem"
    files.write(shell(host), str(path), b"the first\n", owner=OWNER)
    with pytest.raises(OperationError, match="10 bytes"):
        files.write(CutShell(host, sent), str(path), b"the other\n", owner=OWNER)
    assert path.read_bytes() == b"the first\n"
    assert list(path.parent.iterdir()) == [path]


def test_an_empty_file_can_be_written(host: Loopback, tmp_path: Path) -> None:
    files.write(shell(host), str(tmp_path / "empty"), b"", owner=OWNER)
    assert (tmp_path / "empty").read_bytes() == b""


@pytest.mark.parametrize("sent", [0, 1, BLOCK, BLOCK + 1, 2 * BLOCK, 3 * BLOCK, 3 * BLOCK + 1])
@pytest.mark.parametrize("kept", [[], ["key.pem"]], ids=["all new", "key kept"])
def test_a_set_stays_what_it_was(host: Loopback, tmp_path: Path, sent: int, kept: list[str]) -> None:
    store = str(tmp_path / "store")
    place = Place(store, OWNER, "0700", {f"{store}/{name}": name for name in ("cert.pem", "key.pem")})
    first = {"cert.pem": Member(b"first", "0644"), "key.pem": Member(b"key", "0600")}
    other = {"cert.pem": Member(b"other", "0644"), "kind" if kept else "key.pem": Member(b"more", "0600")}
    switched_files.install(shell(host), place, "1", first)
    with pytest.raises(OperationError):
        switched_files.install(CutShell(host, sent), place, "2", other, kept=kept)
    assert switched_files.read(shell(host), store, ["cert.pem", "key.pem"]) == {"cert.pem": b"first", "key.pem": b"key"}
    assert len(list((tmp_path / "store" / "versions").iterdir())) == 1
