"""Masking: what was registered never leaves, and ordinary text stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix import redaction
from phoenix.redaction import redact, register


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "_secrets", set())


CASES: list[tuple[str, list[str | None], str, str]] = [
    ("nothing registered", [], "a password", "a password"),
    ("one", ["hunter22"], "is hunter22, twice hunter22", "is [secret], twice [secret]"),
    ("inside a word", ["hunter22"], "xhunter22x", "x[secret]x"),
    ("one within another", ["abcd", "abcdefgh"], "abcdefgh abcd", "[secret] [secret]"),
    ("too short to mask", ["abc"], "abc", "abc"),
    ("long enough", ["abcd"], "abcd", "[secret]"),
    ("nothing given", [None, ""], "text", "text"),
    ("signs of patterns", ["a.c*[x]"], "abc a.c*[x]", "abc [secret]"),
    ("several lines", ["line1\nline2"], "line1\nline2!", "[secret]!"),
]


@pytest.mark.parametrize(("secrets", "text", "wanted"), [each[1:] for each in CASES], ids=[each[0] for each in CASES])
def test_masking(secrets: list[str | None], text: str, wanted: str) -> None:
    register(*secrets)
    assert redact(text) == wanted


@given(st.lists(st.text("abXY01", min_size=4, max_size=8), min_size=1, max_size=4), st.text("zw ", max_size=5))
def test_no_registered_secret_is_left(secrets: list[str], between: str) -> None:
    redaction._secrets.clear()
    register(*secrets)
    masked = redact(between.join(secrets))
    assert not [secret for secret in secrets if secret in masked]
