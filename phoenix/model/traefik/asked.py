"""What the labels of one service ask Traefik for: the routers, services and middlewares that its provider would make.

https://github.com/traefik/traefik/tree/v3.6/pkg/provider/docker (config.go), pkg/provider/configuration.go
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from phoenix.model.traefik.label import Label, Wrong
from phoenix.model.traefik.of_middleware import Middleware, middleware
from phoenix.model.traefik.of_router import Router, router
from phoenix.model.traefik.of_service import Service, service
from phoenix.model.traefik.tree import Node, tree
from phoenix.model.traefik.values import boolean

CONSTRAINT = "constraint-label"
_PROVIDER = {"network": str, "lbswarm": boolean, "allownonrunning": boolean}
_ELSEWHERE = {
    "tcp": "no TCP routers yet: publish the service's port, and let clients connect to the guest's name and that port",
    "udp": "no UDP routers yet: publish the service's port, and let clients send to the guest's name and that port",
    "tls": "certificates are the CA's: config/certificates.yaml",
}
_KINDS = ("routers", "services", "middlewares")
_WHOLE = (
    "a router with a rule, and the port of a service, too: routers.NAME.rule=Host(`...`) and "
    "services.NAME.loadbalancer.server.port=PORT; without them Traefik drops every label of the service"
)


@dataclass(frozen=True)
class Asked:
    """Everything that one service's labels define."""

    routers: tuple[Router, ...] = ()
    services: tuple[Service, ...] = ()
    middlewares: tuple[Middleware, ...] = ()
    wrong: tuple[Wrong, ...] = field(default=(), compare=False)
    """What is refused; the rest is only meant where there is nothing of it."""


def asked(labels: Iterable[Label]) -> Asked:
    """What Traefik's provider would make of the labels; nothing where `traefik.enable` is false."""
    wrong: list[Wrong] = []
    root = tree((each for each in labels if each.is_traefiks), wrong)
    if root is None or not _enabled(root, wrong):
        return Asked(wrong=tuple(wrong))
    http = root.child("http")
    found = _http(http, wrong) if http is not None else Asked()
    return Asked(found.routers, found.services, found.middlewares, tuple(wrong))


def _enabled(root: Node, wrong: list[Wrong]) -> bool:
    """Whether the service is routed; refuses what stands beside `http`."""
    enabled = True
    for node in root.children:
        match node.name.lower():
            case "enable" if node.given is not None and not node.children:
                enabled = _valued(node, boolean, wrong) is not False
            case "docker" | "swarm":
                _provider(node, wrong)
            case "http":
                pass
            case name if name.startswith(CONSTRAINT):
                pass
            case name:
                allowed = _ELSEWHERE.get(name, "traefik.enable, traefik.http.*, traefik.docker.* or traefik.swarm.*")
                wrong.append(Wrong(node.first, allowed))
    both = root.child("docker"), root.child("swarm")
    if both[0] is not None and both[1] is not None:
        wrong.append(Wrong(both[0].first, "traefik.docker.* or traefik.swarm.*: Traefik takes no service with both"))
    return enabled


def _provider(node: Node, wrong: list[Wrong]) -> None:
    """Options of the provider, which mean nothing to a Traefik outside of the Swarm but must be ones it knows."""
    for child in node.children:
        reader = _PROVIDER.get(child.name.lower())
        if reader is None or child.given is None or child.children:
            wrong.append(Wrong(child.first, f"{node.name} has network and lbswarm; not {child.name}"))
        else:
            _valued(child, reader, wrong)


def _valued(node: Node, reader: Any, wrong: list[Wrong]) -> Any:
    assert node.given is not None
    try:
        return reader(node.given.value)
    except ValueError as error:
        wrong.append(Wrong(node.given, str(error)))
        return None


def _http(http: Node, wrong: list[Wrong]) -> Asked:
    for node in http.children:
        if node.name.lower() not in _KINDS:
            wrong.append(Wrong(node.first, f"http has {', '.join(_KINDS)} in labels; not {node.name}"))
    services = tuple(service(each, wrong) for each in _named(http, "services", wrong))
    routers = tuple(router(each, [one.name for one in services], wrong) for each in _named(http, "routers", wrong))
    middlewares = tuple(middleware(each, wrong) for each in _named(http, "middlewares", wrong))
    if not routers or not services:
        wrong.append(Wrong(http.first, _WHOLE))
    return Asked(tuple(each for each in routers if each is not None), services, middlewares)


def _named(http: Node, kind: str, wrong: list[Wrong]) -> Sequence[Node]:
    node = http.child(kind)
    if node is None:
        return ()
    for each in (node, *node.children):
        if each.given is not None:
            wrong.append(Wrong(each.given, f"fields of {kind} by their names: traefik.http.{kind}.NAME.FIELD"))
        if "@" in each.name or "$" in each.name or any(sign.isspace() for sign in each.name):
            wrong.append(Wrong(each.first, f"a name without @, $ and blanks, not {each.name}"))
    return [each for each in node.children if each.children]
