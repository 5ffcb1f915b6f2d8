"""Which services must run on one node: https://docs.docker.com/engine/swarm/services/#give-a-service-access-to-volumes-or-bind-mounts"""

from collections.abc import Iterator, Mapping
from typing import Any

from phoenix.model.published import published
from phoenix.model.stack import Placement, Stack, StackEnvironment, bound_to

_SYSTEM = ("/dev", "/etc", "/proc", "/run", "/sys", "/var/run")
"""What lies there is the system's own."""


def is_global(service: Mapping[str, Any]) -> bool:
    """Whether it runs on every node."""
    return str((service.get("deploy") or {}).get("mode", "")).startswith("global")


def is_pinned(stack: Stack, compose: Mapping[str, Any], name: str) -> bool:
    """Whether a service runs on the guest that lists the stack; `compose` is the file in one environment."""
    service = compose["services"][name]
    if is_global(service) or stack.placement is not None:
        return not is_global(service) and stack.placement is Placement.PINNED
    return _holds_data(compose, service) or any(ports_of_the_node(service))


def ports_of_the_node(service: Mapping[str, Any]) -> Iterator[int]:
    """Indices of the ports that are its node's own, and not the whole Swarm's."""
    for index, entry in enumerate(service.get("ports") or ()):
        port = published(entry)
        if port.mode == "host" and port.outer:
            yield index


def host_directories(stack: Stack, environment: StackEnvironment) -> tuple[str, ...]:
    """Directories that the stack's local volumes are bound to: they must exist where its services run."""
    volumes = stack.filled(environment).get("volumes") or {}
    return tuple(dict.fromkeys(bound for each in volumes.values() if (bound := bound_to(each))))


def bound_paths(service: Mapping[str, Any]) -> tuple[str, ...]:
    """Absolute paths of the node that a service mounts itself, those of the system aside."""
    found = [source for source, kind in _mounts(service) if kind == "bind"]
    return tuple(dict.fromkeys(each for each in found if not _is_systems(each)))


def _holds_data(compose: Mapping[str, Any], service: Mapping[str, Any]) -> bool:
    volumes = compose.get("volumes") or {}
    return bool(bound_paths(service)) or any(
        kind == "volume" and _is_local(volumes.get(source)) for source, kind in _mounts(service)
    )


def _mounts(service: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Source and type of every mount that has a source."""
    for entry in service.get("volumes") or ():
        if isinstance(entry, Mapping):
            source, kind = str(entry.get("source") or ""), str(entry["type"])
        else:
            source, colon, _ = entry.partition(":")
            source, kind = source if colon else "", "bind" if entry.startswith("/") else "volume"
        if source:
            yield source, kind


def _is_local(volume: Any) -> bool:
    """Whether what is in the volume is on one node: the network's own drivers and file systems have it on all."""
    given = volume or {}
    options = given.get("driver_opts") or {}
    return given.get("driver", "local") == "local" and (
        bool(bound_to(volume)) or "type" not in options or options["type"] == "none"
    )


def _is_systems(path: str) -> bool:
    return path == "/" or any(path == each or path.startswith(f"{each}/") for each in _SYSTEM)
