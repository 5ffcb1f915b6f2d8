"""What plain values of a compose file mean to Docker, whose reader knows some of YAML 1.1: `0440` is octal.

https://yaml.org/type/int.html ; numbers to base 60 it does not know. `yes` and the like are texts to its newer
versions and switches to its older ones: here they are texts, and a switch where one belongs.
"""

import re
from typing import Any

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

_OCTAL = re.compile(r"([-+]?)0([0-7]+)")


def read_as_docker_does(root: Node, text: str) -> None:
    """Changes the values below `root`, which was composed from `text`, to what Docker takes them for."""
    lines = text.split("\n")
    seen: set[int] = set()
    todo = [root]
    while todo:
        node = todo.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, MappingNode):
            todo += [value for _, value in node.value]
        elif isinstance(node, SequenceNode):
            todo += node.value
        elif isinstance(node, ScalarNode) and not node.style and not _is_tagged(node, lines):
            _change(node)


def _is_tagged(node: Node, lines: list[str]) -> bool:
    """Whether it says itself what it is (`!!str on`)."""
    mark: Any = node.start_mark
    tagged: bool = mark.line < len(lines) and lines[mark.line].startswith("!", mark.column)
    return tagged


def _change(node: ScalarNode) -> None:
    if found := _OCTAL.fullmatch(node.value):
        node.value = f"{found[1]}0o{found[2]}"
