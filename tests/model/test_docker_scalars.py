"""What plain values of a compose file mean to Docker."""

from pathlib import Path
from typing import Any

import pytest

from phoenix.model.docker_scalars import read_as_docker_does
from phoenix.model.document import read


def value(tmp_path: Path, text: str) -> Any:
    """What `text` is as a value of a compose file."""
    path = tmp_path / "compose.yaml"
    path.write_text(f"key: {text}\n", encoding="utf-8")
    document, problems = read(path, read_as_docker_does)
    assert problems == ()
    assert document is not None
    return document.data["key"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(("0440", 0o440), ("00", 0), ("-017", -0o17), ("+017", 0o17), ("0o440", 0o440), ("440", 440), ("0", 0)),
        *(("yes", "yes"), ("ON", "ON"), ("y", "y"), ("no", "no")),
        *(("true", True), ("'off'", "off"), ('"0440"', "0440"), ("!!str off", "off"), ("!!str 0440", "0440")),
        *(("yEs", "yEs"), ("0890", 890), ("1:20", "1:20"), ("22:22", "22:22"), ("01.5", 1.5), ("~", None)),
        *(("{mode: 0440}", {"mode": 0o440}), ("[on, 'on', 010]", ["on", "on", 8])),
    ],
)
def test_a_value(tmp_path: Path, text: str, expected: Any) -> None:
    found = value(tmp_path, text)
    assert (found, type(found)) == (expected, type(expected))


def test_what_an_anchor_is_shared_by_is_changed_once(tmp_path: Path) -> None:
    path = tmp_path / "compose.yaml"
    path.write_text("a: &it {mode: 0440, tty: true}\nb: *it\nc:\n  <<: *it\n  mode: 0400\n", encoding="utf-8")
    document, _ = read(path, read_as_docker_does)
    assert document is not None
    assert document.data == {
        "a": {"mode": 0o440, "tty": True},
        "b": {"mode": 0o440, "tty": True},
        "c": {"mode": 0o400, "tty": True},
    }
    assert document.at(("c", "mode")).line == 5


def test_keys_stay_words(tmp_path: Path) -> None:
    assert value(tmp_path, "{on: 1, y: 2}") == {"on": 1, "y": 2}


def test_other_files_are_read_as_ever(tmp_path: Path) -> None:
    path = tmp_path / "cluster.yaml"
    path.write_text("a: off\nb: 0440\n", encoding="utf-8")
    document, _ = read(path)
    assert document is not None
    assert document.data == {"a": "off", "b": 440}
