"""Ports that a service of a compose file publishes: https://docs.docker.com/reference/compose-file/services/#ports"""

import re
from dataclasses import dataclass
from typing import Any

_PORTS = r"\d{1,5}(?:-\d{1,5})?"
_SHORT = re.compile(
    rf"(?:(?P<address>[\w.:\[\]-]*:)?(?P<outer>{_PORTS})?:)?(?P<inner>{_PORTS})(?:/(?P<protocol>tcp|udp|sctp))?"
)


@dataclass(frozen=True)
class Published:
    """The container's ports, and the node's that lead to them, one for each; none where Docker chooses them.

    A port in `mode` host is the node's that the task runs on, one in mode ingress is the whole Swarm's.
    """

    inner: range
    outer: range
    protocol: str = "tcp"
    mode: str = "ingress"

    def leading_to(self, port: int) -> int | None:
        """The node's port, None where the container's is not among these."""
        return self.outer[self.inner.index(port)] if self.outer and port in self.inner else None


def published(entry: Any) -> Published:
    """An entry of a service's `ports`, its variables filled in.

    Raises ValueError, which says what is allowed.
    """
    if isinstance(entry, dict):
        inner, outer = (str(entry.get(key) or "") for key in ("target", "published"))
        protocol, mode = str(entry.get("protocol") or "tcp"), str(entry.get("mode") or "ingress")
    else:
        found = _SHORT.fullmatch(str(entry))
        if found is None or isinstance(entry, bool):
            raise ValueError("PUBLISHED:TARGET, or a mapping with target and published")
        if found["address"]:
            raise ValueError("no address before the ports: a Swarm publishes on every address of its nodes")
        inner, outer, protocol, mode = found["inner"], found["outer"] or "", found["protocol"] or "tcp", "ingress"
    targets, chosen = _ports(inner), _ports(outer) if outer else range(0)
    if chosen and len(targets) != len(chosen):
        raise ValueError("one published port for each of the container's")
    return Published(targets, chosen, protocol, mode)


def _ports(text: str) -> range:
    if not re.fullmatch(_PORTS, text):
        raise ValueError("PUBLISHED:TARGET, or a mapping with target and published")
    first, _, last = text.partition("-")
    ports = range(int(first), int(last or first) + 1)
    if not ports or ports[0] < 1 or ports[-1] > 65535:
        raise ValueError("ports from 1 to 65535, the lower of a range first")
    return ports
