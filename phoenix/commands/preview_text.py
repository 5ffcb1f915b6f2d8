"""What a preview says, for the people who review it (Markdown) and for machines (pure)."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from phoenix.commands.change_words import field_lines
from phoenix.commands.changes import OPERATIONS, Change, Seen
from phoenix.commands.renewals import renewals

ROOM = 60_000
"""Characters of a comment. GitHub takes 65536: https://docs.github.com/en/rest/issues/comments"""
_TITLES = {"create": "Created", "update": "Changed", "replace": "Replaced", "delete": "Deleted"}
_COUNTED = {"create": "to create", "update": "to change", "replace": "to replace", "delete": "to delete"}


def is_quiet(seen: Seen) -> bool:
    """Whether everything was seen, and is as it should be but for renewals."""
    return not (seen.refused or seen.unread or _reviewed(seen))


def headline(stack: str, seen: Seen) -> str:
    """`production: 2 to create, 1 to change`."""
    counts = [
        f"{count} {_COUNTED[operation]}"
        for operation in OPERATIONS
        if (count := sum(each.operation == operation for each in _reviewed(seen)))
    ]
    others = [f"{len(told)} {word}" for told, word in ((seen.refused, "refused"), (seen.unread, "not read")) if told]
    return f"{stack}: {', '.join([*counts, *others]) or 'no changes'}"


def markdown(stack: str, seen: Seen) -> str:
    """For a comment. One line where there is nothing to review; what has no room is counted."""
    text = f"### Preview of {headline(stack, seen)}\n"
    left_out = 0
    for block in _blocks(seen):
        if left_out or len(text) + len(block) > ROOM:
            left_out += 1
            continue
        text += f"\n{block}\n"
    if left_out:
        text += f"\n{left_out} more parts have no room here: see the job's log.\n"
    return text


def as_json(stack: str, seen: Seen) -> dict[str, Any]:
    """The same for machines."""
    late = renewals(seen.changes)
    return {
        "stack": stack,
        "quiet": is_quiet(seen),
        "unchanged": seen.unchanged,
        "refused": list(seen.refused),
        "unread": list(seen.unread),
        "remarks": list(seen.remarks),
        "changes": [
            {"kind": each.kind, "name": each.name, "renewal": each.urn in late, **asdict(each)} for each in seen.changes
        ],
    }


def _reviewed(seen: Seen) -> list[Change]:
    late = renewals(seen.changes)
    return [each for each in seen.changes if each.urn not in late]


def _blocks(seen: Seen) -> Iterator[str]:
    if seen.refused:
        yield "**Refused**: nothing can be done before this is corrected."
        yield _fenced(seen.refused)
    if seen.unread:
        yield "**Could not be read**: whether these are as they should be is not known."
        yield _fenced(seen.unread)
    for operation in OPERATIONS:
        found = [each for each in _reviewed(seen) if each.operation == operation]
        if found:
            yield f"**{_TITLES[operation]}**"
            # of a new one all is in the configuration's own change
            yield from _details(found) if operation in ("update", "replace") else [_list(found)]
    if seen.remarks:
        yield "**Remarks**"
        yield _fenced(seen.remarks)
    if late := renewals(seen.changes):
        yield "**Renewed by the hourly run**: " + _names(each for each in seen.changes if each.urn in late)


def _details(changes: list[Change]) -> Iterator[str]:
    for each in changes:
        yield f"{_code(f'{each.kind} {each.name}')}\n{_fenced(field_lines(each.fields), 'diff')}"


def _list(changes: list[Change]) -> str:
    return "\n".join(f"- {_code(f'{each.kind} {each.name}')}" for each in changes)


def _names(changes: Iterable[Change]) -> str:
    return ", ".join(_code(each.name) for each in changes)


def _code(text: str) -> str:
    return f"`{text.replace('`', chr(39))}`"


def _fenced(lines: Iterable[str], language: str = "") -> str:
    text = "\n".join(lines)
    # longer than any within: https://spec.commonmark.org/0.31.2/#fenced-code-blocks
    fence = "`" * max(3, 1 + max(map(len, re.findall(r"`+", text)), default=0))
    return f"{fence}{language}\n{text}\n{fence}"
