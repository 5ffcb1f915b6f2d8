"""How long each stage of a run took, from the engine's own event log."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

STAGES = ("Infrastructure", "Swarm", "Certificates", "Distribution", "Services", "Gateways")

# a replacement is told three times: as itself, as a create and as a delete
_UNCHANGED = ("same", "refresh", "read", "replace", "delete-replaced")


@dataclass
class Span:
    """First and last moment of a stage (seconds since the epoch), and how many of its resources changed."""

    begin: float
    end: float
    changed: int = 0


def spans(events: Iterable[str]) -> dict[str, Span]:
    """Stage -> span, from the lines of `pulumi up --event-log`; stages that had nothing to do are there too."""
    found: dict[str, Span] = {}
    for line in events:
        event = json.loads(line)
        begun = event.get("resourcePreEvent")
        ended = event.get("resOutputsEvent") or event.get("resOpFailedEvent")
        metadata = (begun or ended or {}).get("metadata")
        # a component begins when the program declares it, long before its first resource's turn
        stage = _stage(metadata["urn"]) if metadata and not metadata["type"].startswith("phoenix:index:") else None
        if metadata is None or stage is None:
            continue
        at = float(event["timestamp"])
        span = found.setdefault(stage, Span(at, at))
        span.end = max(span.end, at)
        if ended and metadata["op"] not in _UNCHANGED:
            span.changed += 1
    return {stage: found[stage] for stage in STAGES if stage in found}


def _stage(urn: str) -> str | None:
    kinds = urn.split("::")[2].split("$")
    return next((stage for stage in STAGES if f"phoenix:index:{stage}" in kinds), None)
