"""The fast reader says what ruamel.yaml says: the same data, the same lines, the same mistakes."""

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from phoenix.model import document, yaml_nodes
from phoenix.model.document import Loc

ROOT = Path(__file__).resolve().parents[2]
TEXTS = [
    path.read_text()
    for folder in ("config", "stacks")
    for path in sorted((ROOT / folder).rglob("*.y*ml"))
    if path.name != "artifacts.yaml"
]
TOKENS = (
    *("\t", " ", "\n", ":", ": ", "- ", "#", "'", '"', "{", "}", "[", "]", ",", "&a ", "*a", "<<: *a", "|", "> ", "!"),
    *("!!str ", "%", "@", "`", "?", "? ", "~", "yes", "0o17", "017", "1:20", "---", "...", "\u00a0", "\u2028", "\\"),
    *("key:", "- \n", "''", "&e?", "*.x", "=", "\x85", "\ufeff", "1_000", "0x1F", ".inf", "2026-11-25"),
)


def slowly(text: str) -> Any:
    return YAML(typ="safe", pure=True).compose(text)


def places(data: Any, loc: Loc = ()) -> Iterator[Loc]:
    yield loc
    inner: Any = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for step, value in inner:
        yield from places(value, (*loc, step))


def told(path: Path, monkeypatch: pytest.MonkeyPatch, compose: Any) -> Any:
    """What the file says, and where."""
    with monkeypatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.setattr(yaml_nodes, "compose", compose)
        read, problems = document.read(path)
    if read is None:
        return problems
    return repr(read.data), [(loc, read.at(loc).line) for loc in places(read.data)]


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """Some lines of a real file, with a few characters more, less or other."""
    lines = draw(st.sampled_from(TEXTS)).split("\n")
    begin = draw(st.integers(0, len(lines) - 1))
    text = "\n".join(lines[begin : begin + draw(st.integers(1, 25))]) + "\n"
    for _ in range(draw(st.integers(0, 3))):
        place, gone = draw(st.integers(0, len(text))), draw(st.integers(0, 3))
        text = text[:place] + draw(st.sampled_from(("", *TOKENS))) + text[place + gone :]
    return text


@settings(max_examples=150)
@given(text=damaged())
def test_it_tells_the_same(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        assert told(path, patch, yaml_nodes.compose) == told(path, patch, slowly)


@pytest.mark.parametrize(
    "text",
    [
        *("a: yes\nb: 0o17\nc: 017\nd: 1:20\ne: 1_000\nf: ~\ng: .inf\n", "a:\nb: 1\n", "- \n- 1\n", "a: [1,\t2]\n"),
        *("%YAML 1.1\n---\na: yes\n", "a: \u2028b\n", "&e?x a: b\n", "a: &e?x b\n", "!\n", "a: ! b\n"),
        *("", "# nothing\n"),
        *("a: 1\n---\nb: 2\n", "a: &x [1]\nb: *x\n", "a: {<<: {b: 1}}\n", "a: |\n  text\nb: >-\n  more\n"),
        *("a: 'it''s'\n", "a: !!binary eA==\n"),
        *("a: *none\n", "a: b: c\n", "a: [1\n", "a: 1\na: 2\n", "? [a]\n: b\n", "? a: 1\n: b\n", "a: 2026-11-25\n"),
    ],
)
def test_what_the_two_versions_of_yaml_take_differently(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "some.yaml"
    path.write_text(text, encoding="utf-8")
    assert told(path, monkeypatch, yaml_nodes.compose) == told(path, monkeypatch, slowly)


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_real_files_do_not_need_the_slow_one(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def compose(*_: Any, **__: Any) -> Any:
        asked.append(text)
        return YAML

    monkeypatch.setattr(yaml_nodes, "YAML", compose)
    yaml_nodes.compose(text)
    assert asked == []
