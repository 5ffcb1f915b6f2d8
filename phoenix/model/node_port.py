"""The node's port that leads to a container's: what a Traefik outside of the Swarm can reach."""

from collections.abc import Mapping
from typing import Any

from phoenix.model.published import published


def node_port(service: Mapping[str, Any], port: int) -> int | None:
    """The port that the service of a compose file publishes for `port` of its containers, by TCP.

    None where it publishes none, or lets Docker choose one. The file's variables are filled in.
    """
    entries = service.get("ports")
    for entry in entries if isinstance(entries, list) else ():
        try:
            found = published(entry)
        except ValueError:
            # another check tells it
            continue
        if found.protocol == "tcp" and (outer := found.leading_to(port)) is not None:
            return outer
    return None
