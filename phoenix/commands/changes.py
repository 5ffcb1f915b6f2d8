"""What a preview would change, field by field, from the engine's own event log (pure).

The events: https://github.com/pulumi/pulumi/blob/master/sdk/go/common/apitype/events.go
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from phoenix.redaction import redact

UNKNOWN = "(known when it is made)"
NOTHING = "(nothing)"
HIDDEN = "(hidden)"
HIDDEN_FIELDS = frozenset({"env"})
"""Fields of a spec that may hold a secret in a live state: values of stacks' variables."""
OPERATIONS = ("create", "update", "replace", "delete")
# https://github.com/pulumi/pulumi/blob/master/sdk/python/lib/pulumi/runtime/rpc.py
_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_SECRET = "4dabf18193072939515e22adb298388d"
_COLOUR = re.compile(r"<\{%[^%]*%\}>")
_UNREAD = re.compile(r"^warning: (.+: cannot be read on (?:.|\n)+; its recorded state is kept)$")
# what only tells that time passes, and that the program ended because of the error before
_NO_NEWS = re.compile(r": \d+ s$|^an unhandled error occurred: |^preview failed$")


@dataclass(frozen=True)
class Field:
    """One field, as text on either side: what is there, and what shall be."""

    path: str
    before: str
    after: str


@dataclass(frozen=True)
class Change:
    """What would be done to one resource. Of one that goes there are no fields."""

    urn: str
    operation: str
    fields: tuple[Field, ...] = ()

    @property
    def name(self) -> str:
        """The resource's name: `dns`."""
        return self.urn.rpartition("::")[2]

    @property
    def kind(self) -> str:
        """Its kind: `FileSet`."""
        return re.split(r"[:$/]", self.urn.split("::")[2])[-1]


@dataclass(frozen=True)
class Seen:
    """All that a preview says. `refused` are its errors, `unread` what it could not look at, `remarks` the rest."""

    changes: tuple[Change, ...] = ()
    unchanged: int = 0
    refused: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def seen(events: Iterable[str]) -> Seen:
    """From the lines of `pulumi preview --event-log`."""
    changes: dict[str, Change] = {}
    unchanged: set[str] = set()
    # each once, in the order in which they came
    refused: dict[str, None] = {}
    unread: dict[str, None] = {}
    remarks: dict[str, None] = {}
    for line in events:
        event = json.loads(line)
        if step := (event.get("resourcePreEvent") or {}).get("metadata"):
            if step["op"] in OPERATIONS:
                changes[step["urn"]] = Change(step["urn"], step["op"], tuple(_fields(step)))
            elif step["op"] == "same":
                unchanged.add(step["urn"])
        told = event.get("diagnosticEvent") or {}
        text = redact(_COLOUR.sub("", told.get("message", ""))).strip()
        if not text or _NO_NEWS.search(text):
            continue
        if told["severity"] == "error":
            refused.setdefault(text)
        elif found := _UNREAD.match(text):
            unread.setdefault(found[1])
        elif told["severity"] == "info#err":
            remarks.setdefault(text)
    return Seen(tuple(changes.values()), len(unchanged), tuple(refused), tuple(unread), tuple(remarks))


def _fields(step: Mapping[str, Any]) -> Iterator[Field]:
    if step["op"] == "delete":
        return
    before, after = (_inputs(step.get(side)) for side in ("old", "new"))
    for path, old, new in _differences("", before, after):
        told = _hidden if path.partition(".")[0] in HIDDEN_FIELDS else _text
        yield Field(path, told(old), told(new))


def _inputs(state: Mapping[str, Any] | None) -> dict[str, Any]:
    given = (state or {}).get("inputs") or {}
    # without what the SDK adds for itself, and outputs, which it declares as inputs without a value
    return {key: value for key, value in given.items() if not key.startswith("__") and value is not None}


def _differences(path: str, old: Any, new: Any) -> Iterator[tuple[str, Any, Any]]:
    if old == new:
        return
    sides = [{} if side is None else side for side in (old, new)]
    if any(sides) and all(isinstance(side, Mapping) and _SECRET not in side for side in sides):
        for key in sorted({*sides[0], *sides[1]}):
            yield from _differences(f"{path}.{key}" if path else key, sides[0].get(key), sides[1].get(key))
    else:
        yield path, old, new


def _text(value: Any) -> str:
    if value is None:
        return NOTHING
    if isinstance(value, Mapping) and _SECRET in value:
        return HIDDEN
    if isinstance(value, str):
        return UNKNOWN if value == _UNKNOWN else redact(value)
    return redact(json.dumps(value, ensure_ascii=False))


def _hidden(value: Any) -> str:
    return NOTHING if value is None else HIDDEN
