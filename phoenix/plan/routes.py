"""Which host name leads to which service: from the guests' `traefik_service` and the stacks' Traefik labels."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from phoenix.model import Cluster, ConfigurationError, LxcGuest, Role, Stack, VmGuest
from phoenix.model.deployed import Deployed
from phoenix.model.node_port import node_port
from phoenix.model.stack_labels import labelled_of
from phoenix.model.traefik.asked import Asked
from phoenix.model.traefik.label import Label
from phoenix.model.traefik.of_guest import middlewares_of, rule_text
from phoenix.model.traefik.of_service import Service
from phoenix.model.traefik.values import Fields
from phoenix.plan.remembered import remembered

_Guest = LxcGuest | VmGuest


@dataclass(frozen=True)
class Server:
    """Where a service is served; `fields` are Traefik's further ones."""

    scheme: str
    address: str
    port: int
    fields: Fields = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The backend's URL."""
        return f"{self.scheme}://{self.address}:{self.port}"


@dataclass(frozen=True)
class Router:
    """Requests of the rule, which are for `hosts`, go to the service of that name."""

    name: str
    hosts: tuple[str, ...]
    rule: str
    service: str
    middlewares: tuple[str, ...] = ()
    fields: Fields = field(default_factory=dict)


@dataclass(frozen=True)
class Balancer:
    """A service: its servers, and Traefik's further fields of its load balancer."""

    servers: tuple[Server, ...]
    fields: Fields = field(default_factory=dict)


@dataclass(frozen=True)
class Routing:
    """Everything that Traefik routes, the guests' services before the stacks', by VMID."""

    routers: tuple[Router, ...]
    services: Mapping[str, Balancer]
    middlewares: Mapping[str, Fields]


@dataclass(frozen=True)
class Route:
    """Requests for `host` reach a server by the router `name`."""

    name: str
    host: str
    server: Server

    @property
    def url(self) -> str:
        """The backend's URL."""
        return self.server.url


@remembered
def routing(cluster: Cluster) -> Routing:
    """What Traefik shall know; raises ConfigurationError for labels that a load would have refused.

    The gateway's own service is not routed: Nginx answers for it, a route would lead back to Nginx for ever.
    """
    routers: dict[str, Router] = {}
    services: dict[str, Balancer] = {}
    middlewares: dict[str, Fields] = {}
    for guest in cluster.guests:
        for loc, service in () if Role.GATEWAY in guest.roles else guest.services:
            if service.direct:
                continue
            host = cluster.node.fqdn(service.name)
            names = tuple(service.middlewares)
            routers[service.route] = Router(service.route, (host,), rule_text(service, host), service.route, names)
            middlewares |= {each.name: each.fields for each in middlewares_of(service, loc, [])}
            services[service.route] = Balancer((Server(service.scheme, guest.address, service.port),))
    for guest, deployed, name, asked in _asked(cluster):
        for each in asked.routers:
            routers[each.name] = Router(each.name, each.hosts, each.rule, each.service, each.middlewares, each.fields)
        for one in asked.services:
            found = _balancer(cluster, guest, deployed, name, one)
            before = services[one.name].servers if one.name in services else ()
            # as Traefik does with services that are equal but for their servers
            services[one.name] = Balancer(
                (*before, *(server for server in found.servers if server not in before)), found.fields
            )
        middlewares |= {each.name: each.fields for each in asked.middlewares}
    return Routing(tuple(routers.values()), services, middlewares)


def routes(cluster: Cluster) -> tuple[Route, ...]:
    """Every routed host name with each server that it may lead to."""
    found = routing(cluster)
    return tuple(
        Route(router.name, host, server)
        for router in found.routers
        if router.service in found.services
        for host in router.hosts
        for server in found.services[router.service].servers
    )


def hosts(cluster: Cluster) -> tuple[str, ...]:
    """Every routed host name once."""
    return tuple(dict.fromkeys(host for router in routing(cluster).routers for host in router.hosts))


def _asked(cluster: Cluster) -> Iterator[tuple[_Guest, Deployed, str, Asked]]:
    for guest in cluster.guests:
        for deployed in cluster.stacks_of(guest):
            for service, each in labelled_of(deployed.stack, deployed.environment_name).items():
                for wrong in each.asked.wrong:
                    raise _refused(cluster, deployed.stack, wrong.label, wrong.allowed)
                yield guest, deployed, service, each.asked


def _balancer(cluster: Cluster, guest: _Guest, deployed: Deployed, name: str, service: Service) -> Balancer:
    composed = deployed.stack.filled(deployed.environment)["services"][name]
    published: dict[int, int] = {}
    for port, label in service.ports:
        found = node_port(composed, port)
        if found is None:
            raise _refused(cluster, deployed.stack, label, "a port that the service publishes on its node")
        published[port] = found
    fields = dict(service.balancer)
    check = fields.get("healthCheck")
    if isinstance(check, Mapping) and isinstance(inner := check.get("port"), int):
        # Traefik asks the node there, too
        fields["healthCheck"] = {**check, "port": published[inner]}
    return Balancer((Server(service.scheme, guest.address, published[service.port], service.server),), fields)


def _refused(cluster: Cluster, stack: Stack, label: Label, allowed: str) -> ConfigurationError:
    loc = () if label.in_compose else label.loc
    return cluster.refuse(stack, *loc, value=f"{label.key}={label.value}", allowed=allowed)
