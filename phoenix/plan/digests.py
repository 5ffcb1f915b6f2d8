"""Versions in the names of Docker secrets and configs, which cannot be changed once they exist."""

import hashlib
import hmac

_DIGITS = 12


def content_version(content: str) -> str:
    """First digits of the content's SHA-256: for what is no secret."""
    return hashlib.sha256(content.encode()).hexdigest()[:_DIGITS]


def keyed_version(secret: bytes, *, key: str) -> str:
    """First digits of an HMAC: unlike a plain digest, nobody can try passwords against it without `key`."""
    return hmac.new(key.encode(), secret, hashlib.sha256).hexdigest()[:_DIGITS]
