"""Ports that a service of a compose file publishes: https://docs.docker.com/reference/compose-file/services/#ports"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from phoenix.model.stack import VARIABLE

_PORTS = r"\d{1,5}(?:-\d{1,5})?"
_SHORT = re.compile(rf"(?:(?:[\w.:\[\]-]*:)?(?P<outer>{_PORTS})?:)?(?P<inner>{_PORTS})(?:/(?:tcp|udp|sctp))?")


@dataclass(frozen=True)
class Published:
    """The container's ports, and the node's that lead to them, one for each."""

    inner: range
    outer: range

    def leading_to(self, port: int) -> int | None:
        """The node's port, None where the container's is not among these."""
        return self.outer[self.inner.index(port)] if port in self.inner else None


def published(entry: Any, expand: Callable[[str], str]) -> Published | None:
    """An entry of a service's `ports`, its variables filled in by `expand`; None where one is left.

    A port that is published nowhere in particular counts as published at its own number.
    Raises ValueError, which says what is allowed.
    """
    if isinstance(entry, dict):
        # expanded before they are taken apart: one variable may hold both ports
        inner, outer = (expand(str(entry.get(key, entry.get("target", "")))) for key in ("target", "published"))
    elif isinstance(entry, str | int) and not isinstance(entry, bool):
        text = expand(str(entry))
        if VARIABLE.search(text):
            return None
        found = _SHORT.fullmatch(text)
        inner, outer = (found["inner"], found["outer"] or found["inner"]) if found else ("", "")
    else:
        inner = outer = ""
    if VARIABLE.search(inner + outer):
        return None
    if not (re.fullmatch(_PORTS, inner) and re.fullmatch(_PORTS, outer)):
        raise ValueError("PUBLISHED:TARGET, or a mapping with target and published")
    found_at = Published(_ports(inner), _ports(outer))
    if len(found_at.inner) != len(found_at.outer):
        raise ValueError("one published port for each of the container's")
    return found_at


def _ports(text: str) -> range:
    first, _, last = text.partition("-")
    ports = range(int(first), int(last or first) + 1)
    if not ports or ports[0] < 1 or ports[-1] > 65535:
        raise ValueError("ports from 1 to 65535, the lower of a range first")
    return ports
