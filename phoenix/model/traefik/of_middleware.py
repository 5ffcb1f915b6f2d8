"""A middleware of labels: https://doc.traefik.io/traefik/middlewares/http/overview/"""

from dataclasses import dataclass

from phoenix.model.traefik.behind_gateway import blind
from phoenix.model.traefik.buildable import unbuildable
from phoenix.model.traefik.decode import decoded
from phoenix.model.traefik.label import Label, Wrong
from phoenix.model.traefik.references import Reference, local
from phoenix.model.traefik.tree import Node
from phoenix.model.traefik.values import Fields


@dataclass(frozen=True)
class Middleware:
    """A middleware by the name that people wrote, and what it needs of other labels."""

    name: str
    fields: Fields
    references: tuple[Reference, ...]
    first: Label

    @property
    def definition(self) -> object:
        """What two of one name must agree in."""
        return dict(self.fields)


def middleware(node: Node, wrong: list[Wrong]) -> Middleware:
    """The middleware; what Traefik would not make is added to `wrong`."""
    if (plugin := node.child("plugin")) is not None:
        wrong.append(Wrong(plugin.first, "a middleware of Traefik's own: no plugin is installed"))
        return Middleware(node.name, {}, (), node.first)
    before = len(wrong)
    fields = decoded("Middleware", node, wrong)
    if len(fields) > 1:
        allowed = f"one kind in a middleware, not {' and '.join(fields)}: give them names of their own"
        wrong.append(Wrong(node.children[1].first, allowed))
    for kind, given in fields.items() if len(wrong) == before else ():
        for name, allowed in [*unbuildable(kind, given or {})] or blind(kind, given or {}):
            wrong.append(Wrong(_label(node, kind, name), allowed))
    references: list[Reference] = []
    if chained := (fields.get("chain") or {}).get("middlewares"):
        fields["chain"]["middlewares"] = [local(each) for each in chained]
        label = _label(node, "chain", "middlewares")
        references += [Reference("middleware", local(each), label) for each in chained]
    if service := (fields.get("errors") or {}).get("service"):
        fields["errors"]["service"] = local(service)
        references.append(Reference("service", local(service), _label(node, "errors", "service")))
    return Middleware(node.name, fields, tuple(references), node.first)


def _label(node: Node, *names: str) -> Label:
    for name in names:
        node = node.child(name) or node
    return node.first
