"""Questions to a cluster of which parts may not answer: what did not is noted in words, and the rest goes on."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from phoenix.errors import PhoenixError, UnobservableError
from phoenix.redaction import redact


class Missing:
    """What was asked and did not answer; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._said: list[str] = []

    @property
    def said(self) -> tuple[str, ...]:
        """In words, each once."""
        return tuple(dict.fromkeys(sorted(self._said)))

    def say(self, what: str) -> None:
        """Notes it."""
        with self._lock:
            self._said.append(redact(what))

    @contextmanager
    def unless_told(self, what: str) -> Iterator[None]:
        """Notes `what` with the reason, instead of an error."""
        try:
            yield
        except UnobservableError as error:
            self.say(f"{what}: {error.host}: {_line(error.cause)}")
        except PhoenixError as error:
            self.say(f"{what}: {_line(str(error))}")


def _line(text: str) -> str:
    return " ".join(text.split())
