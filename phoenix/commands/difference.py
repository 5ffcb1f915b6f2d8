"""What is different between two environments, value by value (pure)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from phoenix.commands.effective import Tree, Value, children, data, paths
from phoenix.commands.effective_text import scalar


@dataclass(frozen=True)
class Difference:
    """A path, and what is on either side of it: a value, all that is below, or None for nothing."""

    path: str
    left: Tree | None
    right: Tree | None


def differences(left: Tree, right: Tree, path: str = "") -> Iterator[Difference]:
    """In the order of the left side; what is on the right side alone comes after that."""
    if isinstance(left, Value) or isinstance(right, Value) or isinstance(left, Mapping) != isinstance(right, Mapping):
        if data(left) != data(right):
            yield Difference(path, left, right)
        return
    ours, theirs = dict(children(left, path)), dict(children(right, path))
    for each in {**ours, **theirs}:
        if each in ours and each in theirs:
            yield from differences(ours[each], theirs[each], each)
        else:
            yield Difference(each, ours.get(each), theirs.get(each))


def lines(found: tuple[Difference, ...], left: str, right: str) -> Iterator[str]:
    """Three lines for each: the path, and what either environment has there, with its origin."""
    width = max(len(left), len(right))
    for each in found:
        yield each.path
        for name, side in ((left, each.left), (right, each.right)):
            yield f"  {name.ljust(width)}  {_said(side)}"


def as_json(found: tuple[Difference, ...], left: str, right: str) -> list[dict[str, Any]]:
    """The same for a machine."""
    return [{"path": each.path, left: _side(each.left), right: _side(each.right)} for each in found]


def _said(side: Tree | None) -> str:
    if side is None:
        return "(nothing)"
    values = [value for _, value in paths(side)]
    said = scalar(side.value) if isinstance(side, Value) else f"({len(values)} values)"
    return f"{said}  # {values[0].place}"


def _side(side: Tree | None) -> dict[str, Any] | None:
    if side is None:
        return None
    _, first = next(paths(side))
    return {"value": data(side), **first.place._asdict()}
