"""The configuration as one environment has it: every value that a file gives, with its place (pure)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from phoenix.model import Cluster, Stack
from phoenix.model.document import Document, Loc, Place

NAME = "name"


@dataclass(frozen=True)
class Value:
    """A plain value, a list of such, or an empty map or list."""

    value: Any
    place: Place


Tree = Value | Mapping[str, "Tree"] | Sequence["Tree"]


def effective(cluster: Cluster) -> Mapping[str, Tree]:
    """All of it: what `cluster.yaml` says, then guests by their files' names, certificates, and of every stack what it
    says of itself, of this environment (`environment`), and of others that a guest lists it in (`environments`).
    """
    file = cluster.located(cluster).document
    guests = [cluster.located(each).document for each in cluster.guests]
    certificates = [cluster.located(each) for each in cluster.certificates]
    return {
        **_below(file, file.data, ()),
        "guests": {Path(each.path).stem: _below(each, each.data, ()) for each in guests},
        "certificates": [_tree(each.document, each.document.value(each.prefix), each.prefix) for each in certificates],
        "stacks": {each.name: _stack(cluster, each) for each in cluster.stacks},
    }


def paths(tree: Tree, path: str = "") -> Iterator[tuple[str, Value]]:
    """Every value by its path: `guests.101-front.cores`, `certificates[nginx].sans`, `firewall.rules[0].proto`."""
    if isinstance(tree, Value):
        yield path, tree
    else:
        for below, inner in children(tree, path):
            yield from paths(inner, below)


def children(tree: Mapping[str, Tree] | Sequence[Tree], path: str) -> Iterator[tuple[str, Tree]]:
    """What is directly below, by its path; entries of a list go by their names where each has its own."""
    if isinstance(tree, Mapping):
        yield from ((f"{path}.{key}" if path else key, below) for key, below in tree.items())
    else:
        names = [_name(below) for below in tree]
        unique = None not in names and len(set(names)) == len(names)
        steps = names if unique else range(len(tree))
        yield from ((f"{path}[{step}]", below) for step, below in zip(steps, tree, strict=True))


def data(tree: Tree) -> Any:
    """The values alone."""
    if isinstance(tree, Value):
        return tree.value
    if isinstance(tree, Mapping):
        return {key: data(below) for key, below in tree.items()}
    return [data(below) for below in tree]


def _name(tree: Tree) -> str | None:
    named = tree.get(NAME) if isinstance(tree, Mapping) else None
    return str(named.value) if isinstance(named, Value) else None


def _stack(cluster: Cluster, stack: Stack) -> Mapping[str, Tree]:
    document = cluster.located(stack).document
    own = {key: value for key, value in document.data.items() if key != "environments"}
    told = {name: _tree(document, document.value(loc), loc) for name, loc in _environments(cluster, stack)}
    here = {"environment": told.pop(cluster.environment)} if cluster.environment in told else {}
    return {**_below(document, own, ()), **here, **({"environments": told} if told else {})}


def _environments(cluster: Cluster, stack: Stack) -> Iterator[tuple[str, Loc]]:
    beside = [each.environment_name for each in cluster.deployed if each.stack.name == stack.name]
    for name in dict.fromkeys((cluster.environment, *beside)):
        if name in stack.environments:
            yield name, ("environments", name)


def _below(document: Document, value: Mapping[str, Any], loc: Loc) -> dict[str, Tree]:
    return {str(key): _tree(document, each, (*loc, key)) for key, each in value.items()}


def _tree(document: Document, value: Any, loc: Loc) -> Tree:
    if isinstance(value, dict) and value:
        return _below(document, value, loc)
    if isinstance(value, list) and any(isinstance(each, dict | list) for each in value):
        return [_tree(document, each, (*loc, index)) for index, each in enumerate(value)]
    return Value(value, document.at(loc))
