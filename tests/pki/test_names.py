"""Names in one spelling, and their difference."""

import pytest

from phoenix.pki.names import all_names, difference
from phoenix.vocabulary.certificates import canonical


@pytest.mark.parametrize(
    ("given", "spelling"),
    [
        ("Nginx.Internal.ThinkHeads.ai", "nginx.internal.thinkheads.ai"),
        ("*.internal", "*.internal"),
        ("localhost", "localhost"),
        ("10.0.0.1", "10.0.0.1"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
    ],
)
def test_one_spelling(given: str, spelling: str) -> None:
    assert canonical(given) == spelling


@pytest.mark.parametrize(
    "given",
    [
        *("", "a b", "10.0.0.256", "a.*.b", "https://a", "-a.b", "a-.b", "a..b", "*", "*a.b"),
        *("a_b.example", "x" * 64 + ".b", "a." * 127, "a.example\n"),
    ],
)
def test_no_name(given: str) -> None:
    with pytest.raises(ValueError, match=r"a DNS name, \*\.<DNS name> or an IP address"):
        canonical(given)


def test_common_name_is_always_among_the_names() -> None:
    assert all_names("A.internal", ()) == {"a.internal"}
    assert all_names("a.internal", ("A.INTERNAL", "10.0.0.1")) == {"a.internal", "10.0.0.1"}


def test_difference_names_what_is_missing_and_what_is_too_much() -> None:
    assert difference(frozenset({"a", "c"}), frozenset({"b", "c"})) == "+ a, - b"
    assert difference(frozenset({"a"}), frozenset({"a"})) == ""
