"""Parts are there whole or not at all, and are made again when their recipe changes."""

from pathlib import Path

import pytest

from lab.images import put
from lab.images.parts import digest, part


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the user's cache out of the tests."""
    monkeypatch.setenv("PHOENIX_CACHE", str(tmp_path / "cache"))


def test_a_part_is_made_once_for_its_recipe() -> None:
    made: list[Path] = []

    def fill(room: Path) -> None:
        made.append(room)
        (room / "file").write_text("content")

    first = part("thing", ["recipe", b"raw"], fill)
    assert part("thing", ["recipe", b"raw"], fill) == first
    assert (first / "file").read_text() == "content"
    assert len(made) == 1
    assert part("thing", ["another"], fill) != first
    assert len(made) == 2


def test_a_failed_part_leaves_nothing() -> None:
    def fail(room: Path) -> None:
        (room / "half").touch()
        raise RuntimeError("interrupted")

    with pytest.raises(RuntimeError):
        part("thing", ["recipe"], fail)
    whole = part("thing", ["recipe"], lambda room: (room / "file").touch())
    assert [file.name for file in whole.iterdir()] == ["file"]


def test_recipes_do_not_meet() -> None:
    assert digest(["ab", "c"]) != digest(["a", "bc"]) != digest(["abc"])


def test_replace_takes_away_what_is_gone(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "data" / "target"
    (source / "deep").mkdir(parents=True)
    (source / "deep" / "small").write_text("new")
    target.mkdir(parents=True)
    (target / "old").touch()
    put.replace(source, target)
    assert [file.name for file in target.iterdir()] == ["deep"]
    assert [file.name for file in target.parent.iterdir()] == ["target"]


def test_add_keeps_what_is_there_and_shares_large_files_only(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    (source / "small").write_text("new")
    (source / "large").write_bytes(bytes(put.LINKED_FROM))
    target.mkdir()
    (target / "small").write_text("old")
    (target / "other").write_text("kept")
    put.add(source, target)
    assert (target / "small").read_text() == "new"
    assert (target / "other").read_text() == "kept"
    assert (target / "large").samefile(source / "large")
    assert not (target / "small").samefile(source / "small")
