"""Directories over a real SSH server, on the real file system."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from phoenix.errors import OperationError
from phoenix.providers.files.directory import DirectoryAction, DirectoryReconciler, Grant, Make
from phoenix.specs.files import DirectorySpec
from phoenix.specs.target import NodeTarget
from phoenix.vocabulary.network import node_address
from tests import loopback_ssh
from tests.loopback_ssh import Loopback

DIRECTORY = DirectoryReconciler()
ME = f"{os.getuid()}:{os.getgid()}"


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    yield from loopback_ssh.serve(tmp_path, monkeypatch)


def converge(host: Loopback, desired: DirectorySpec) -> list[DirectoryAction]:
    seen = DIRECTORY.observe(host.settings, desired)
    actions = list(DIRECTORY.plan(seen.live if seen else None, desired))
    for action in actions:
        DIRECTORY.perform(host.settings, desired, action)
    seen = DIRECTORY.observe(host.settings, desired)
    assert seen is not None
    assert seen.live == desired
    return actions


def spec(host: Loopback, path: Path, owner: str = ME, mode: str = "0750") -> DirectorySpec:
    return DirectorySpec(
        target=NodeTarget(node=node_address(host.address, host.port)), path=str(path), owner=owner, mode=mode
    )


def test_is_made_with_its_parents_and_kept(host: Loopback, tmp_path: Path) -> None:
    path = tmp_path / "a b" / "c"
    assert converge(host, spec(host, path)) == [Make(), Grant()]
    assert path.stat().st_mode & 0o7777 == 0o750
    assert converge(host, spec(host, path)) == []
    assert converge(host, spec(host, path, mode="2770")) == [Grant()]


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a directory away")
def test_owners_are_names_or_shifted_numbers(host: Loopback, tmp_path: Path) -> None:
    path = tmp_path / "shifted"
    converge(host, spec(host, path, owner="100033:100033"))
    assert (path.stat().st_uid, path.stat().st_gid) == (100033, 100033)
    assert converge(host, spec(host, path, owner="root:root")) == [Grant()]
    assert converge(host, spec(host, path, owner="0:root")) == []


def test_content_is_never_deleted(host: Loopback, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "data"
    converge(host, spec(host, path))
    (path / "precious").touch()
    DIRECTORY.remove(host.settings, spec(host, path))
    assert (path / "precious").exists()
    assert "is not empty, and stays" in capfd.readouterr().err
    (path / "precious").unlink()
    DIRECTORY.remove(host.settings, spec(host, path))
    assert not path.exists()
    DIRECTORY.remove(host.settings, spec(host, path))


def test_something_else_in_its_place_is_an_error(host: Loopback, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OperationError, match="something else than a directory"):
        DIRECTORY.observe(host.settings, spec(host, tmp_path / "file"))
    assert DIRECTORY.observe(host.settings, spec(host, tmp_path / "nothing")) is None
