"""YAML that readers of both versions take for what was written."""

from io import StringIO
from typing import Any

import pytest
import yaml as libyaml
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from phoenix.plan.yaml_text import dump

MISREAD = [
    "off",
    "yes",
    "y",
    "N",
    "0440",
    "1:20",
    "22:22",
    "1_000",
    "0x1F",
    "~",
    "null",
    "2026-11-25",
    "1e3",
    ".inf",
    "",
]
TEXTS = st.one_of(
    st.sampled_from([*MISREAD, "=", "<<", "- a", "a: b", "#", "'", '"', "a\nb", " a", "0o17", "true"]),
    st.text(st.characters(codec="utf-8", exclude_characters="\x85\u2028\u2029\ufeff", exclude_categories=["Cc", "Cs"])),
)
DOCUMENTS = st.recursive(
    st.one_of(TEXTS, st.booleans(), st.integers(-(10**6), 10**6), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=8,
)


def both(text: str) -> list[Any]:
    """As a reader of YAML 1.1 and one of 1.2 take it."""
    return [libyaml.safe_load(text), YAML(typ="safe", pure=True).load(StringIO(text))]


@pytest.mark.parametrize("word", MISREAD)
def test_a_word_stays_a_word(word: str) -> None:
    assert (
        both(dump({"environment": {"KEY": word, word: "value"}})) == [{"environment": {"KEY": word, word: "value"}}] * 2
    )


def test_numbers_and_truth_values_stay_what_they_are() -> None:
    document = {"mode": 0o440, "tty": True, "replicas": 0, "nothing": None}
    assert both(dump(document)) == [document] * 2
    assert "'" not in dump(document)


@given(DOCUMENTS)
def test_whatever_is_written_is_read_again(document: Any) -> None:
    assert both(dump({"key": document})) == [{"key": document}] * 2
