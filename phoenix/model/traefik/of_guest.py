"""What a guest says of its service in Traefik's words: a rule, and middlewares as Traefik's files write them."""

from collections.abc import Mapping
from typing import Any

from phoenix.model.document import Loc
from phoenix.model.guest import TraefikService
from phoenix.model.stack import label_text
from phoenix.model.traefik.behind_gateway import check_rule
from phoenix.model.traefik.label import Label, Wrong
from phoenix.model.traefik.of_middleware import Middleware, middleware
from phoenix.model.traefik.rule import Rule, hosts, parse
from phoenix.model.traefik.tree import Node


def rule_text(service: TraefikService, host: str) -> str:
    """Traefik's rule for requests to a guest's service under its host name."""
    if service.rule is not None:
        return service.rule
    return f"Host(`{host}`)" + (f" && PathPrefix(`{service.path_prefix}`)" if service.path_prefix else "")


def rule_of(service: TraefikService, host: str) -> Rule:
    """That rule, read; raises ValueError where it is none, or is for other hosts."""
    rule = parse(rule_text(service, host))
    check_rule(rule)
    if hosts(rule) != (host,):
        raise ValueError(f"a rule of which each alternative names the service's own host alone, Host(`{host}`)")
    return rule


def middlewares_of(service: TraefikService, loc: Loc, wrong: list[Wrong]) -> tuple[Middleware, ...]:
    """The middlewares of the service at `loc`, in their order; what Traefik would not make is added to `wrong`."""
    at = (*loc, "middlewares")
    nodes = (_node(name, fields, (*at, name), name) for name, fields in service.middlewares.items())
    return tuple(middleware(node, wrong) for node in nodes)


def _node(name: str, value: Any, loc: Loc, path: str) -> Node:
    label = Label(path, "", loc)
    if isinstance(value, Mapping):
        children = [_node(str(key), each, (*loc, key), f"{path}.{key}") for key, each in value.items()]
        return Node(name, label, path, children=children)
    if isinstance(value, list):
        return Node(name, label, path, items=tuple(map(label_text, value)))
    return Node(name, label, path, given=Label(path, label_text(value), loc))
