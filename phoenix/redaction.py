"""Keeps secrets out of text: every value registered here is masked before an error or a log line leaves."""

import threading

_MASK = "[secret]"
_lock = threading.Lock()
_secrets: set[str] = set()


def register(*values: str | None) -> None:
    """Remembers secret values of this process; values under 4 characters would mask ordinary text."""
    with _lock:
        _secrets.update(v for v in values if v and len(v) >= 4)


def redact(text: str) -> str:
    """`text` with every registered secret masked, the longest first."""
    with _lock:
        secrets = sorted(_secrets, key=len, reverse=True)
    for secret in secrets:
        text = text.replace(secret, _MASK)
    return text
