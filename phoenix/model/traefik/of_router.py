"""A router of labels: https://doc.traefik.io/traefik/routing/routers/"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from phoenix.model.traefik import rule as rules
from phoenix.model.traefik.behind_gateway import check_rule
from phoenix.model.traefik.decode import decoded
from phoenix.model.traefik.label import Label, Wrong
from phoenix.model.traefik.references import local
from phoenix.model.traefik.tree import Node
from phoenix.model.traefik.values import Fields

ENTRY_POINT = "websecure"
_REDIRECTED = (
    f"{ENTRY_POINT}, the only entry point that the gateway uses; it answers port 80 itself, with a redirect to "
    "HTTPS: take the router of web away"
)


@dataclass(frozen=True)
class Router:
    """A router by the name that people wrote; `fields` are Traefik's other fields of it."""

    name: str
    rule: str
    parsed: rules.Rule
    hosts: tuple[str, ...]
    service: str
    middlewares: tuple[str, ...]
    fields: Fields
    labels: Mapping[str, Label]
    """The label of each field, by its name in small letters."""

    @property
    def definition(self) -> object:
        """What two of one name must agree in."""
        return self.rule, self.service, self.middlewares, dict(self.fields)


def router(node: Node, services: Sequence[str], wrong: list[Wrong]) -> Router | None:
    """The router, its service chosen as Traefik does; None, and words in `wrong`, without a rule that names hosts."""
    labels = {each.name.lower(): each.first for each in node.children}
    if (tls := node.child("tls")) is not None:
        _plain_tls(tls, wrong)
        node = replace(node, children=[each for each in node.children if each is not tls])
    fields = decoded("Router", node, wrong)
    if (fields.pop("entryPoints", None) or [ENTRY_POINT]) != [ENTRY_POINT]:
        wrong.append(Wrong(labels["entrypoints"], _REDIRECTED))
    if (fields.get("ruleSyntax") or "v3") != "v3":
        wrong.append(Wrong(labels["rulesyntax"], "v3: rules are written for Traefik 3"))
    text, given = fields.pop("rule", None), fields.pop("service", None)
    if not text:
        allowed = f"a rule with a host for router {node.name}: traefik.http.routers.{node.name}.rule=Host(`...`)"
        wrong.append(Wrong(node.first, allowed))
        return None
    try:
        parsed = rules.parse(text)
        hosts = rules.hosts(parsed)
        check_rule(parsed)
    except ValueError as error:
        wrong.append(Wrong(labels["rule"], str(error)))
        return None
    if not given and len(services) > 1:
        allowed = f"routers.{node.name}.service with one of {', '.join(services)}: Traefik does not choose"
        wrong.append(Wrong(labels["rule"], allowed))
    service = local(given) if given else services[0] if services else ""
    middlewares = tuple(local(each) for each in fields.pop("middlewares", None) or ())
    return Router(node.name, text, parsed, hosts, service, middlewares, fields, labels)


def _plain_tls(node: Node, wrong: list[Wrong]) -> None:
    if node.given is not None and node.given.value.lower() != "true":
        wrong.append(Wrong(node.given, "true: the gateway speaks TLS to every router"))
    for child in node.children:
        own = "the one set of options that all names share" if child.name.lower() == "options" else "the CA's alone"
        wrong.append(Wrong(child.first, f"tls=true: TLS of {ENTRY_POINT} has {own}, and no tls.{child.name}"))
