"""What was recorded of one run, as values."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Event:
    """`begun` and `took` are seconds, from the start of the run."""

    begun: float
    took: float
    kind: str
    """process, pure, provider, ssh or http."""
    name: str
    thread: int

    @property
    def ended(self) -> float:
        return self.begun + self.took


def read(folder: Path, started: float) -> list[Event]:
    """Every event of every process, by its beginning; `started` is when the run began, in seconds since the epoch."""
    found = []
    for file in folder.glob("*.jsonl"):
        for line in file.read_text(encoding="utf-8").splitlines():
            raw = json.loads(line)
            found.append(Event(raw["begun"] - started, raw["took"], raw["kind"], raw["name"], raw["thread"]))
    return sorted(found, key=lambda each: each.begun)


def seconds(events: Iterable[Event]) -> float:
    """Their seconds together."""
    return sum(each.took for each in events)


def overlapping(events: Iterable[Event], count: int) -> float:
    """Seconds in which at least `count` of them were under way at the same time."""
    moments = sorted([(each.begun, 1) for each in events] + [(each.ended, -1) for each in events])
    total, under_way, since = 0.0, 0, 0.0
    for moment, step in moments:
        if under_way >= count:
            total += moment - since
        under_way, since = under_way + step, moment
    return total
