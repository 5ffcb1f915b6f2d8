"""A YAML file that remembers on which line each value stands."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from phoenix.model import yaml_nodes
from phoenix.model.problem import Problem, shown

Loc = tuple[str | int, ...]
"""Keys and indices from the top of a file to a value."""


class Place(NamedTuple):
    """A line of a file, from 1; as text `guests/101-x.yaml:7`."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Document:
    """A parsed file: plain data, and the nodes it came from."""

    path: str
    data: Any
    root: Node | None

    def problem(self, loc: Sequence[str | int], *, allowed: str, value: Any = None) -> Problem:
        """A mistake at `loc`; `value` is shown unless it is None."""
        return Problem(*self.at(loc), field_name(loc), "" if value is None else shown(value), allowed)

    def at(self, loc: Sequence[str | int]) -> Place:
        """Where the value at `loc` stands, or the nearest one around it."""
        node, line = self.root, 1 if self.root is None else self.root.start_mark.line + 1
        for step in loc:
            found = _child(node, step)
            if found is None:
                break
            line, node = found
        return Place(self.path, line)

    def strip(self, loc: Sequence[str | int], *, missing: bool = False) -> Loc:
        """`loc` without the steps that do not stand in the file, but for a last one that is `missing` there."""
        node, kept = self.root, []
        for position, step in enumerate(loc):
            found = _child(node, step)
            if found is not None:
                node = found[1]
                kept.append(step)
            elif missing and position == len(loc) - 1 and isinstance(node, MappingNode):
                kept.append(step)
        return tuple(kept)

    def value(self, loc: Sequence[str | int]) -> Any:
        """The plain value at `loc`, None when there is none."""
        value = self.data
        for step in loc:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                return None
        return value


def field_name(loc: Sequence[str | int]) -> str:
    """`("rules", 2, "proto")` -> `rules[2].proto`."""
    name = ""
    for step in loc:
        name += f"[{step}]" if isinstance(step, int) else f".{step}" if name else step
    return name


def read(path: Path, meaning: Callable[[Node, str], None] | None = None) -> tuple[Document | None, tuple[Problem, ...]]:
    """The file as a document, or the problems that make it unreadable (a syntax error, every key given twice).

    `meaning` may change what plain values of its text are.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        cause = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        return None, (Problem(str(path), 1, "", "", f"the file cannot be read: {cause}"),)
    try:
        root = yaml_nodes.compose(text)
        twice = tuple(_duplicates(root, str(path)))
        if root is not None and meaning is not None:
            meaning(root, text)
        data = None if twice or root is None else yaml_nodes.construct(root)
    except YAMLError as error:
        return None, (_syntax_problem(path, error),)
    if twice:
        return None, twice
    if not _is_plain(data):
        allowed = "plain data: keys are text, and no value contains itself"
        return None, (Problem(str(path), 1, "", "", allowed),)
    return Document(str(path), data, root), ()


def _is_plain(data: Any) -> bool:
    try:
        json.dumps(data, default=str)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def _syntax_problem(path: Path, error: YAMLError) -> Problem:
    if isinstance(error, MarkedYAMLError) and error.problem_mark is not None:
        what = " ".join(part for part in (error.context, error.problem) if part)
        return Problem(str(path), error.problem_mark.line + 1, "", "", f"not valid YAML: {what}")
    return Problem(str(path), 1, "", "", f"not valid YAML: {' '.join(str(error).split())}")


def _child(node: Node | None, step: str | int) -> tuple[int, Node] | None:
    if isinstance(node, MappingNode):
        # what is merged into a mapping stands before its own keys, which count
        for key, value in reversed(node.value):
            if key.value == str(step):
                return key.start_mark.line + 1, value
    elif isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
        item = node.value[step]
        return item.start_mark.line + 1, item
    return None


def _duplicates(root: Node | None, path: str) -> Iterator[Problem]:
    seen: set[int] = set()
    todo: list[tuple[Node, Loc]] = [] if root is None else [(root, ())]
    while todo:
        node, loc = todo.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, SequenceNode):
            todo += [(item, (*loc, index)) for index, item in enumerate(node.value)]
        elif isinstance(node, MappingNode):
            first: dict[str, int] = {}
            for key, value in node.value:
                name, line = str(key.value), key.start_mark.line + 1
                if name in first:
                    allowed = f"each key once; it stands on line {first[name]} already"
                    yield Problem(path, line, field_name((*loc, name)), "", allowed)
                first.setdefault(name, line)
                todo.append((value, (*loc, name)))
