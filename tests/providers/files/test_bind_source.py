"""Folders that services mount, over a real SSH server, on the real file system."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from phoenix.providers.files.bind_source import BindSourceAction, BindSourceReconciler
from phoenix.specs.files import BindSourceSpec
from phoenix.specs.target import NodeTarget
from phoenix.vocabulary.network import node_address
from tests import loopback_ssh
from tests.loopback_ssh import Loopback

SOURCE = BindSourceReconciler()


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    yield from loopback_ssh.serve(tmp_path, monkeypatch)


def converge(host: Loopback, path: Path) -> list[BindSourceAction]:
    desired = BindSourceSpec(target=NodeTarget(node=node_address(host.address, host.port)), path=str(path))
    seen = SOURCE.observe(host.settings, desired)
    actions = list(SOURCE.plan(seen.live if seen else None, desired))
    for action in actions:
        SOURCE.perform(host.settings, desired, action)
    assert SOURCE.observe(host.settings, desired) is not None
    SOURCE.remove(host.settings, desired)
    return actions


def test_is_made_where_nothing_is_and_stays(host: Loopback, tmp_path: Path) -> None:
    path = tmp_path / "a b" / "c"
    assert converge(host, path) == [BindSourceAction.MAKE]
    assert path.is_dir()
    assert converge(host, path) == []


def test_what_is_there_is_left_alone(host: Loopback, tmp_path: Path) -> None:
    file, folder = tmp_path / "socket", tmp_path / "folder"
    file.write_text("mine")
    folder.mkdir(mode=0o700)
    assert converge(host, file) == converge(host, folder) == []
    assert (file.read_text(), folder.stat().st_mode & 0o777) == ("mine", 0o700)
