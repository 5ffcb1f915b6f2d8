"""A plan that was reviewed, as a file, and in what a preview goes beyond it (pure but for the file).

Why not Pulumi's own update plan alone: where something else changed since, `pulumi up --plan` finds it in the middle of
its work, and leaves half of it done; and certificates that were renewed since violate it.
"""

import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError

from phoenix.commands.change_words import field_lines, title
from phoenix.commands.changes import UNKNOWN, Change, Seen
from phoenix.commands.renewals import renewals
from phoenix.errors import PhoenixError

FORMAT = 1


@dataclass(frozen=True)
class Plan:
    """What was reviewed: the changes of one stack, without renewals by time."""

    __pydantic_config__ = ConfigDict(extra="forbid")
    stack: str
    changes: tuple[Change, ...]
    format: int = FORMAT


def planned(stack: str, seen: Seen) -> Plan:
    """The plan that a review of this preview approves."""
    left_out = renewals(seen.changes)
    return Plan(stack, tuple(each for each in seen.changes if each.urn not in left_out))


def save(plan: Plan, file: Path) -> None:
    """Write it, whole or not at all, for its owner's eyes only."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=file.parent, prefix=f".{file.name}-", delete=False) as part:
            json.dump(asdict(plan), part, indent=1)
        os.replace(part.name, file)
    except OSError as error:
        raise PhoenixError(f"plan {file}: cannot be written: {error.strerror}") from None


def load(file: Path, stack: str) -> Plan:
    """Read it back.

    Raises PhoenixError where there is none, or none of this stack.
    """
    again = "review this state of the configuration: phoenix preview --save-plan"
    try:
        plan = TypeAdapter(Plan).validate_json(file.read_bytes())
    except FileNotFoundError:
        raise PhoenixError(f"plan {file}: no such file, so nobody reviewed this\n  next: {again}") from None
    except OSError as error:
        raise PhoenixError(f"plan {file}: cannot be read: {error.strerror}") from None
    except ValidationError as error:
        raise PhoenixError(f"plan {file}: {_first(error)}\n  next: {again}") from None
    if (plan.stack, plan.format) != (stack, FORMAT):
        raise PhoenixError(
            f"plan {file}: is one of stack {plan.stack} in format {plan.format}, wanted {stack} in format {FORMAT}\n"
            f"  next: {again}"
        )
    return plan


def _first(error: ValidationError) -> str:
    problem: Any = error.errors(include_input=False, include_url=False)[0]
    return f"{'.'.join(map(str, problem['loc'])) or 'file'}: {problem['msg']}"


def beyond(plan: Plan, now: Seen) -> Iterator[str]:
    """What would be done that was not reviewed, a line each; nothing where all of it was.

    What was reviewed and is no longer to be done is no difference: a run before this one did it.
    """
    reviewed = {each.urn: each for each in plan.changes}
    for change in planned(plan.stack, now).changes:
        known = reviewed.get(change.urn)
        if known is None:
            yield f"{title(change)}: nothing of it was reviewed"
            yield from field_lines(change.fields)
        elif known.operation != change.operation:
            yield f"{title(change)}: what was reviewed is to {known.operation} it"
        else:
            yield from _fields_beyond(known, change)


def _fields_beyond(known: Change, change: Change) -> Iterator[str]:
    reviewed = {each.path: each for each in known.fields}
    others = [each for each in change.fields if reviewed.get(each.path) != each]
    if not others:
        return
    yield f"{title(change)}: not as it was reviewed"
    for each in others:
        yield from field_lines((each,))
        if was := reviewed.get(each.path):
            yield "what was reviewed:"
            yield from ["not known then"] if was.after == UNKNOWN else [*field_lines((was,))][1:]
