"""The node's port that leads to a container's: what a Traefik outside of the Swarm can reach."""

from collections.abc import Callable
from typing import Any

from phoenix.model.published import published


def node_port(service: Any, expand: Callable[[str], str], port: int) -> int | None:
    """The port that the service of a compose file publishes for `port` of its containers, by TCP.

    None where it publishes none, or lets Docker choose one.
    """
    entries = service.get("ports") if isinstance(service, dict) else None
    for entry in entries if isinstance(entries, list) else ():
        if not _fixed(entry, expand):
            continue
        try:
            found = published(entry, expand)
        except ValueError:
            # another check tells it
            continue
        if found is not None and (outer := found.leading_to(port)) is not None:
            return outer
    return None


def _fixed(entry: Any, expand: Callable[[str], str]) -> bool:
    """Whether the entry says which port of the node it takes."""
    if isinstance(entry, dict):
        outer, protocol = expand(str(entry.get("published") or "")), expand(str(entry.get("protocol", "tcp")))
    else:
        text, _, protocol = expand(str(entry)).partition("/")
        _, *before = reversed(text.split(":"))
        outer = before[0] if before else ""
    return outer != "" and protocol in ("", "tcp")
