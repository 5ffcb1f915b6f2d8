"""A tree of labels as values of Traefik's configuration, held against its table of fields."""

from collections.abc import Iterator, Mapping
from typing import Any

from phoenix.model.traefik.fields import Field, fields_of
from phoenix.model.traefik.label import Wrong
from phoenix.model.traefik.tree import Node
from phoenix.model.traefik.values import scalar


def decoded(kind: str, node: Node, wrong: list[Wrong]) -> dict[str, Any]:
    """The node's children as a value of that type, by the names that files give its fields.

    Whatever Traefik would refuse, or drop in silence, is added to `wrong`.
    """
    known = fields_of(kind) or {}
    found: dict[str, Any] = {}
    for child in node.children:
        field = known.get(child.name.lower())
        if field is None or field.label == "-":
            wrong.append(Wrong(child.first, f"{node.path} has {_settable(known)}; not {child.name}"))
        else:
            found[field.name] = _value(field, child, wrong)
    return found


def _value(field: Field, node: Node, wrong: list[Wrong]) -> Any:
    kind = field.type.removeprefix("list of ") if field.label != field.name else field.type
    if node.items is not None and kind != "list of string":
        wrong.append(Wrong(node.first, f"{node.path} is no list"))
        return None
    if kind.startswith("map of "):
        return dict(_entries(kind.removeprefix("map of "), node, wrong))
    if fields_of(kind) is not None:
        _told_by_children(field, node, wrong)
        value = decoded(kind, node, wrong)
        return value if kind == field.type else [value]
    if node.children:
        wrong.append(Wrong(node.children[0].first, f"{node.path} is a {kind}; nothing stands below it"))
    elif node.items is not None:
        return [*node.items]
    elif node.given is not None:
        try:
            return scalar(kind, node.given.value)
        except ValueError as error:
            wrong.append(Wrong(node.given, str(error)))
    return None


def _told_by_children(field: Field, node: Node, wrong: list[Wrong]) -> None:
    """A value where fields are expected: `true` for what may stand without any."""
    if node.given is None and (node.children or field.empty):
        return
    if node.given is not None and field.empty and node.given.value.lower() == "true":
        return
    instead = "true, or its fields: take it away to have none" if field.empty else "its fields"
    wrong.append(Wrong(node.given or node.first, f"{node.path} is given by {instead}"))


def _entries(kind: str, node: Node, wrong: list[Wrong], before: str = "") -> Iterator[tuple[str, Any]]:
    """The entries of a map, whose names may have dots."""
    if node.given is not None and (node.children or not before):
        wrong.append(Wrong(node.given, f"{node.path} is given by names below it"))
    if not node.children and before and node.given is not None:
        try:
            yield before, scalar(kind, node.given.value)
        except ValueError as error:
            wrong.append(Wrong(node.given, str(error)))
    for child in node.children:
        if before and kind != "string":
            wrong.append(Wrong(child.first, f"{node.path} is a {kind}; nothing stands below it"))
        else:
            yield from _entries(kind, child, wrong, f"{before}.{child.name}" if before else child.name)


def _settable(known: Mapping[str, Field]) -> str:
    """The names of what labels can give; `any` are the fields of plugins, of which there is none."""
    fields = (each for each in known.values() if each.label != "-" and "any" not in each.type)
    return ", ".join(sorted(each.label for each in fields))
