"""What a task that failed said, from what the engine's API answers."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from phoenix.providers.stacks.last_words import last_words


def framed(*texts: str) -> bytes:
    """A stream of standard output and standard error."""
    parts = [(bytes([1 + number % 2, 0, 0, 0]), text.encode()) for number, text in enumerate(texts)]
    return b"".join(head + len(text).to_bytes(4, "big") + text for head, text in parts)


class Engine:
    """An engine with tasks, each of which said something."""

    def __init__(self, *tasks: tuple[str, str, str], said: Mapping[str, bytes]) -> None:
        self._tasks = [{"ID": each, "Status": {"State": state, "Timestamp": when}} for each, state, when in tasks]
        self._said = said

    def get(self, path: str, params: Mapping[str, str]) -> Any:
        assert (path, json.loads(params["filters"])) == ("tasks", {"label": ["com.docker.stack.namespace=s"]})
        return self._tasks

    def post(self, path: str, params: Mapping[str, str], body: Any) -> Any:
        raise AssertionError((path, params, body))

    def raw(self, path: str, params: Mapping[str, str]) -> bytes:
        assert params["tail"] == "3"
        return self._said[path.split("/")[1]]


FAILED = ("a", "failed", "2026-11-02T00:00:00Z")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (framed("one\n", "two\nthree\n", "four\n"), "two / three / four"),
        (framed("\n", "  only\r\n"), "only"),
        (b"a terminal\r\nsays so\r\n", "a terminal / says so"),
        (b"abc", "abc"),
        (framed("x" * 400), "x" * 300),
        (b"", ""),
        (framed("half")[:10], "ha"),
    ],
)
def test_the_last_lines(said: bytes, words: str) -> None:
    assert last_words(Engine(FAILED, said={"a": said}), "s") == words


def test_of_the_task_that_failed_last() -> None:
    others = (("b", "failed", "2026-11-01T00:00:00Z"), ("c", "complete", "2026-11-03T00:00:00Z"))
    assert last_words(Engine(*others, FAILED, said={"a": b"me"}), "s") == "me"
    assert last_words(Engine(others[1], said={}), "s") == ""
