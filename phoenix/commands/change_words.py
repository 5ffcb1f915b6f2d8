"""Changes in words: for comments, for logs (pure)."""

import difflib
from collections.abc import Iterable, Iterator

from phoenix.commands.changes import NOTHING, Change, Field

_VERBS = {"create": "create", "update": "change", "replace": "replace", "delete": "delete"}
LINES = 40
"""Lines of one field's difference that are shown."""
WIDTH = 160
_BEFORE = 40
"""Characters shown in front of where two long lines part."""


def title(change: Change) -> str:
    """`change FileSet dns`."""
    return f"{_VERBS[change.operation]} {change.kind} {change.name}"


def field_lines(fields: Iterable[Field]) -> Iterator[str]:
    """Each field's path, and below it its lines that go (`-`) and that come (`+`), as `diff` has them."""
    for field in fields:
        yield field.path
        shown = list(_parting(*(_lines(side) for side in (field.before, field.after))))
        yield from shown[:LINES]
        if len(shown) > LINES:
            yield f"... and {len(shown) - LINES} more lines"


def _lines(side: str) -> list[str]:
    return [] if side == NOTHING else side.splitlines() or [""]


def _parting(before: list[str], after: list[str]) -> Iterator[str]:
    if len(before) == len(after) == 1:
        before, after = ([_window(one, other)] for one, other in ((before[0], after[0]), (after[0], before[0])))
    for line in list(difflib.unified_diff(before, after, n=0, lineterm=""))[2:]:
        if not line.startswith("@@"):
            yield f"{line[0]} {_window(line[1:], '')}"


def _window(line: str, other: str) -> str:
    """The line, cut to what can be read; of two long ones from where they part."""
    if len(line) <= WIDTH:
        return line
    parted = next((at for at, (one, two) in enumerate(zip(line, other, strict=False)) if one != two), 0)
    begin = max(0, parted - _BEFORE)
    return f"{'...' if begin else ''}{line[begin : begin + WIDTH]}{'...' if begin + WIDTH < len(line) else ''}"
