"""Which services must run on one node: https://docs.docker.com/engine/swarm/services/#give-a-service-access-to-volumes-or-bind-mounts"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from phoenix.model.compose.mounts import source_of
from phoenix.model.published import published
from phoenix.model.stack import Placement, Stack, StackEnvironment, bound_to

_SYSTEM = ("/dev", "/etc", "/proc", "/run", "/sys", "/var/lib/docker", "/var/run")
"""What lies there is the system's own, or Docker's."""


def is_global(service: Mapping[str, Any]) -> bool:
    """Whether it runs on every node."""
    deploy = service.get("deploy")
    return isinstance(deploy, Mapping) and str(deploy.get("mode", "")).startswith("global")


def is_pinned(stack: Stack, compose: Mapping[str, Any], name: str) -> bool:
    """Whether a service runs on the guest that lists the stack; `compose` is the file in one environment."""
    service = compose["services"][name]
    if is_global(service) or stack.placement is not None:
        return not is_global(service) and stack.placement is Placement.PINNED
    return _holds_data(compose, service) or next(ports_of_the_node(service), None) is not None


def ports_of_the_node(service: Mapping[str, Any]) -> Iterator[int]:
    """Indices of the ports that are its node's own, and not the whole Swarm's."""
    for index, entry in enumerate(service.get("ports") or ()):
        port = published(entry)
        if port.mode == "host" and port.outer:
            yield index


@dataclass(frozen=True)
class Folder:
    """A folder that services mount: on the guest that lists the stack, or on every member of the Swarm."""

    path: str
    everywhere: bool


def bound_directories(stack: Stack, environment: StackEnvironment) -> tuple[Folder, ...]:
    """Directories that the stack's local volumes are bound to."""
    compose = stack.filled(environment)
    found: dict[str, bool] = {}
    for name, volume in (compose.get("volumes") or {}).items():
        if path := bound_to(volume):
            users = [user for user, each in compose["services"].items() if ("volume", name) in _mounts(each)]
            found[path] = found.get(path, False) or any(not is_pinned(stack, compose, user) for user in users)
    return tuple(Folder(path, everywhere) for path, everywhere in found.items())


def bound_volumes(stack: Stack, environment: StackEnvironment, path: str, deployed: str) -> tuple[str, ...]:
    """The local volumes that are bound to `path`, by their names in Docker; the stack's is `deployed` there."""
    volumes = stack.filled(environment).get("volumes") or {}
    bound = {name: volume for name, volume in volumes.items() if bound_to(volume) == path}
    return tuple(str(volume.get("name") or f"{deployed}_{name}") for name, volume in bound.items())


def bind_sources(stack: Stack, environment: StackEnvironment) -> tuple[Folder, ...]:
    """What services mount by its path on the node, those of the system aside."""
    compose = stack.filled(environment)
    found: dict[str, bool] = {}
    for name, service in compose["services"].items():
        for path in _bound_paths(service):
            found[path] = found.get(path, False) or not is_pinned(stack, compose, name)
    return tuple(Folder(path, everywhere) for path, everywhere in found.items())


def _bound_paths(service: Mapping[str, Any]) -> tuple[str, ...]:
    found = [source for kind, source in _mounts(service) if kind == "bind"]
    return tuple(dict.fromkeys(each for each in found if not _is_systems(each)))


def _holds_data(compose: Mapping[str, Any], service: Mapping[str, Any]) -> bool:
    volumes = compose.get("volumes") or {}
    return bool(_bound_paths(service)) or any(
        kind == "volume" and _is_local(volumes.get(source)) for kind, source in _mounts(service)
    )


def _mounts(service: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Type and source of every mount that has a source."""
    found = map(source_of, service.get("volumes") or ())
    return ((kind, source) for kind, source in found if source)


def _is_local(volume: Any) -> bool:
    """Whether what is in the volume is on one node: the network's own drivers and file systems have it on all."""
    given = volume or {}
    options = given.get("driver_opts") or {}
    return given.get("driver", "local") == "local" and (
        bool(bound_to(volume)) or "type" not in options or options["type"] == "none"
    )


def _is_systems(path: str) -> bool:
    return path == "/" or any(path == each or path.startswith(f"{each}/") for each in _SYSTEM)
