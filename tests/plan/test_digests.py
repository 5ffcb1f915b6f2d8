"""Versions in names: they change with the content, and tell nothing about a secret."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from phoenix.plan.digests import content_version, keyed_version


def test_they_are_twelve_digits_of_a_known_digest() -> None:
    assert content_version("") == "e3b0c44298fc"
    assert keyed_version(b"", key="") == "b613679a0814"


@given(st.text(), st.text(), st.text(), st.text())
def test_they_differ_when_content_or_key_does(one: str, other: str, key: str, another: str) -> None:
    assert (content_version(one) == content_version(other)) == (one == other)
    assert (keyed_version(one.encode(), key=key) == keyed_version(other.encode(), key=key)) == (one == other)
    if key.rstrip("\0") != another.rstrip("\0"):
        assert keyed_version(one.encode(), key=key) != keyed_version(one.encode(), key=another)


@given(st.text(min_size=1), st.text(min_size=1))
def test_a_keyed_one_is_no_digest_of_the_secret(secret: str, key: str) -> None:
    assert keyed_version(secret.encode(), key=key) not in hashlib.sha256(secret.encode()).hexdigest()
