"""The critical path of a run: the chain of resources, each waiting for the one before, that took longest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.profile.events import Event, overlapping


@dataclass(frozen=True)
class Step:
    """One resource of the chain and the seconds that its provider spent on it."""

    name: str
    seconds: float


def critical_path(resources: Sequence[Mapping[str, Any]], events: Sequence[Event]) -> list[Step]:
    """The steps, first to last. `resources` are those of an exported state, of which each names what it waits for."""
    spent = _spent(events)
    own: dict[str, float] = {}
    waits: dict[str, list[str]] = {}
    for each in resources:
        urn = each["urn"]
        own[urn] = spent.get((each["type"].rpartition(":")[2], str(each.get("id", ""))), 0.0)
        waits[urn] = [*each.get("dependencies", [])]
    best: dict[str, tuple[float, str]] = {}
    # a state holds what is waited for before what waits
    for urn in own:
        before = max((best[each] + (each,) for each in waits[urn] if each in best), default=(0.0, "", ""))
        best[urn] = (before[0] + own[urn], before[2])
    last = max(best, key=lambda urn: best[urn][0], default="")
    steps: list[Step] = []
    while last:
        steps.append(Step(last.rpartition("::")[2], own[last]))
        last = best[last][1]
    return [each for each in reversed(steps) if each.seconds]


def _spent(events: Sequence[Event]) -> dict[tuple[str, str], float]:
    """Seconds by kind and ID; calls of one resource that overlap count once."""
    calls: dict[tuple[str, str], list[Event]] = {}
    for each in events:
        if each.kind == "provider":
            _, kind, identity = [*each.name.split(" ", 2), "", ""][:3]
            calls.setdefault((kind, identity), []).append(each)
    return {key: overlapping(those, 1) for key, those in calls.items()}
