"""Which host name leads to which service: from the guests' `traefik_service` and the stacks' Traefik labels."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from phoenix.model import Cluster, LxcGuest, Role, Scheme, Stack, StackEnvironment, VmGuest
from phoenix.model.published import published
from phoenix.model.traefik_labels import PORT, SCHEME


@dataclass(frozen=True)
class Route:
    """Requests for `host` go to `scheme://address:port`; `name` is unique and names the router."""

    name: str
    host: str
    scheme: Scheme
    address: str
    port: int

    @property
    def url(self) -> str:
        """The backend's URL."""
        return f"{self.scheme}://{self.address}:{self.port}"


def routes(cluster: Cluster) -> tuple[Route, ...]:
    """Every routed host name once, the guests' services before the stacks', by VMID.

    The gateway's own service is not routed: Nginx answers for it, a route would lead back to Nginx for ever.
    """
    found: dict[str, Route] = {}
    for route in (*_services(cluster), *_stacks(cluster)):
        found.setdefault(route.host, route)
    return tuple(found.values())


def _services(cluster: Cluster) -> Iterator[Route]:
    for guest in cluster.guests:
        service = guest.traefik_service
        if service is not None and not service.direct and Role.GATEWAY not in guest.roles:
            host = cluster.node.fqdn(service.name)
            yield Route(service.name.replace(".", "-"), host, service.scheme, guest.address, service.port)


def _stacks(cluster: Cluster) -> Iterator[Route]:
    for guest in cluster.guests:
        for stack, environment in cluster.stacks_of(guest):
            for service in environment.services:
                yield from _service_routes(stack, environment, service, guest)


def _service_routes(
    stack: Stack, environment: StackEnvironment, service: str, guest: LxcGuest | VmGuest
) -> Iterator[Route]:
    labels = environment.labels(service)
    port = _label(labels, PORT)
    if port is None:
        return
    scheme = Scheme(_label(labels, SCHEME) or Scheme.HTTP)
    published = _published(stack, environment, service, int(port))
    for number, host in enumerate(environment.hosts_of(service)):
        suffix = f"-{number}" if number else ""
        yield Route(f"{stack.name}-{service}{suffix}", host, scheme, guest.address, published)


def _label(labels: Mapping[str, str], pattern: re.Pattern[str]) -> str | None:
    return next((value for key, value in labels.items() if pattern.fullmatch(key)), None)


def _published(stack: Stack, environment: StackEnvironment, service: str, target: int) -> int:
    """The node's port that leads to the container's; the container's own where it is not published."""
    for entry in stack.filled(environment)["services"][service].get("ports") or ():
        if (port := published(entry).leading_to(target)) is not None:
            return port
    return target
