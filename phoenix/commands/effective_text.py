"""A configuration as YAML, with the origin of each value as a comment (pure)."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from phoenix.commands.effective import Tree, Value

INDENT = "  "
_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9_./@+-]*")
_UNPRINTABLE = re.compile(r"[\x7f-\x9f\u2028\u2029\ufeff]")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
"""What some reader of YAML takes for something else than text."""


def lines(tree: Tree, indent: str = "") -> Iterator[str]:
    """The tree, a line at a time."""
    if isinstance(tree, Mapping):
        for key, below in tree.items():
            yield from _entry(f"{indent}{scalar(key)}:", below, indent + INDENT)
    elif not isinstance(tree, Value):
        for below in tree:
            yield from _item(below, indent)


def scalar(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, list):
        return f"[{', '.join(map(scalar, value))}]"
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    # YAML takes JSON
    text = json.dumps(value, ensure_ascii=False, default=str)
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _entry(key: str, tree: Tree, indent: str) -> Iterator[str]:
    if isinstance(tree, Value):
        yield f"{key} {scalar(tree.value)}  # {tree.place}"
    else:
        yield key
        yield from lines(tree, indent)


def _item(tree: Tree, indent: str) -> Iterator[str]:
    if isinstance(tree, Value):
        yield f"{indent}- {scalar(tree.value)}  # {tree.place}"
        return
    first, *others = lines(tree, indent + INDENT)
    yield f"{indent}- {first.removeprefix(indent + INDENT)}"
    yield from others
