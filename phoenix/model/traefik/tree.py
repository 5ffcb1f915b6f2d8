"""Labels as a tree of names, as Traefik's own reader makes it: https://github.com/traefik/paerser (labels_decode.go)"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from phoenix.model.traefik.label import Label, Wrong

ROOT = "traefik"


@dataclass
class Node:
    """A name, the label that first spoke of it, the label that gives it a value, and what stands below it."""

    name: str
    first: Label
    path: str = ""
    """The names from the root to it, as they are spelt."""
    given: Label | None = None
    children: list["Node"] = field(default_factory=list)
    items: tuple[str, ...] | None = None
    """The texts of a list, where it is not given by a label."""

    def child(self, name: str) -> "Node | None":
        """The child of that name, in any capitals."""
        return next((each for each in self.children if each.name.lower() == name.lower()), None)


def tree(labels: Iterable[Label], wrong: list[Wrong]) -> Node | None:
    """The root of the labels, None where there are none; what cannot stand in it is added to `wrong`.

    Of names that differ in capitals only, the first in the order of bytes stays.
    """
    root: Node | None = None
    for label in sorted(labels, key=lambda each: each.key.encode()):
        path = _path(label, wrong)
        if path:
            root = root or Node(ROOT, label, ROOT)
            _add(root, path[1:], label, wrong)
    return root


def _path(label: Label, wrong: list[Wrong]) -> list[str]:
    parts: list[str] = []
    for part in label.key.split("."):
        if not part or part[0] == "[" or (part[-1] == "]" and "[" not in part):
            wrong.append(Wrong(label, "names with dots between them, and [n] behind the name of a list only"))
            return []
        name, bracket, index = part.partition("[") if part[-1] == "]" else (part, "", "")
        parts += [name, bracket + index] if bracket else [name]
    if parts[0] != ROOT:
        wrong.append(Wrong(label, "traefik in small letters: Traefik knows no other root"))
        return []
    return parts


def _add(node: Node, path: list[str], label: Label, wrong: list[Wrong]) -> None:
    for name in path:
        below = node.child(name)
        if below is None:
            below = Node(name, label, f"{node.path}.{name}")
            node.children.append(below)
        node = below
    if node.given is not None:
        wrong.append(Wrong(label, f"each label once, whatever its capitals; {node.given.key} is there already"))
    node.given = label
