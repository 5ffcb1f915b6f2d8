"""A service of labels: https://doc.traefik.io/traefik/routing/services/"""

from dataclasses import dataclass

from phoenix.model.traefik.decode import decoded
from phoenix.model.traefik.label import Label, Wrong
from phoenix.model.traefik.own import TRANSPORTS
from phoenix.model.traefik.references import local
from phoenix.model.traefik.tree import Node
from phoenix.model.traefik.values import Fields

SCHEMES = ("http", "https", "h2c")
STRATEGIES = ("wrr", "p2c", "hrw", "leasttime")


@dataclass(frozen=True)
class Service:
    """A service by the name that people wrote: its container's port, and Traefik's fields of its load balancer."""

    name: str
    port: int
    """Of the container; 0 where it is refused."""
    scheme: str
    server: Fields
    """Further fields of its server."""
    balancer: Fields
    """Fields of the load balancer, without its servers."""
    first: Label
    ports: tuple[tuple[int, Label], ...]
    """The container's ports that Traefik must reach, its health check's among them, with their labels."""

    @property
    def definition(self) -> object:
        """What two of one name must agree in; their servers are put together."""
        return dict(self.balancer)


def service(node: Node, wrong: list[Wrong]) -> Service:
    """The service; what Traefik, or one outside of the Swarm, could not make of it is added to `wrong`."""
    fields = decoded("Service", node, wrong)
    balancer = dict(fields.get("loadBalancer") or {})
    server = dict((balancer.pop("servers", None) or [{}])[0])
    found = node.child("loadbalancer")
    below = found.child("server") if found is not None else None
    if "url" in server:
        wrong.append(Wrong(_label(below, "url", node), "no url: the server is this service, by server.port"))
        del server["url"]
    scheme = server.pop("scheme", None) or SCHEMES[0]
    if scheme not in SCHEMES:
        wrong.append(Wrong(_label(below, "scheme", node), f"one of {', '.join(SCHEMES)}"))
    if balancer.get("strategy", STRATEGIES[0]) not in STRATEGIES:
        wrong.append(Wrong(_label(found, "strategy", node), f"one of {', '.join(STRATEGIES)}"))
    if transport := balancer.get("serversTransport"):
        balancer["serversTransport"] = local(transport)
        if balancer["serversTransport"] not in TRANSPORTS:
            allowed = f"one of {', '.join(TRANSPORTS)}: labels define none"
            wrong.append(Wrong(_label(found, "serverstransport", node), allowed))
    ported = _label(below, "port", node)
    port = _port(server.pop("port", None), node.name, ported, wrong)
    ports = [(port, ported)] if port else []
    if check := (balancer.get("healthCheck") or {}).get("port"):
        ports.append((check, _label(found.child("healthcheck") if found else None, "port", node)))
    return Service(node.name, port, scheme, server, balancer, node.first, tuple(ports))


def _port(text: str | None, name: str, label: Label, wrong: list[Wrong]) -> int:
    if text is None:
        allowed = f"the container's port for service {name}: traefik.http.services.{name}.loadbalancer.server.port"
        wrong.append(Wrong(label, allowed))
    elif not (text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= 65535):
        wrong.append(Wrong(label, "the number of a port"))
    else:
        return int(text)
    return 0


def _label(parent: Node | None, field: str, otherwise: Node) -> Label:
    found = parent.child(field) if parent is not None else None
    return (found or otherwise).first
