"""Times of stages, from the engine's event log."""

import json
from pathlib import Path
from typing import Any

import pytest

from phoenix.commands.stages import STAGES, Span, spans

RECORDED = Path(__file__).parent / "recorded.jsonl"
"""A second `pulumi up` with a refresh, three stages with a resource each, one of them changed; details left out."""


def test_a_recorded_run() -> None:
    with RECORDED.open() as events:
        found = spans(events)
    at = 1795314771.0
    assert found == {"Infrastructure": Span(at, at, 0), "Swarm": Span(at, at, 0), "Certificates": Span(at, at, 1)}


def event(at: float, kind: str, op: str, types: str, name: str = "x") -> str:
    """A line of the log; `types` are those of the URN, after the cluster's."""
    urn = f"urn:pulumi:dev::phoenix::phoenix:index:ProxmoxCluster${types}::{name}"
    metadata: dict[str, Any] = {"op": op, "urn": urn, "type": types.split("$")[-1]}
    return json.dumps({"timestamp": at, kind: {"metadata": metadata}})


SWARM = "phoenix:index:Swarm$pulumi-python:dynamic/phoenix:SwarmManager"
GUEST = "phoenix:index:Infrastructure$phoenix:index:Guest$pulumi-python:dynamic/phoenix:Lxc"
BEFORE, AFTER, FAILED = "resourcePreEvent", "resOutputsEvent", "resOpFailedEvent"

RUNS: list[tuple[str, list[str], dict[str, Span]]] = [
    ("nothing", [], {}),
    ("one", [event(1, BEFORE, "create", SWARM), event(4, AFTER, "create", SWARM)], {"Swarm": Span(1, 4, 1)}),
    (
        "two, interleaved",
        [
            event(1, BEFORE, "create", SWARM, "a"),
            event(2, BEFORE, "create", SWARM, "b"),
            event(5, AFTER, "create", SWARM, "b"),
            event(9, AFTER, "create", SWARM, "a"),
        ],
        {"Swarm": Span(1, 9, 2)},
    ),
    (
        "a component begins long before its turn",
        [event(1, BEFORE, "create", "phoenix:index:Swarm"), event(7, BEFORE, "create", SWARM)],
        {"Swarm": Span(7, 7, 0)},
    ),
    ("inside a guest", [event(3, AFTER, "update", GUEST)], {"Infrastructure": Span(3, 3, 1)}),
    (
        "only looked at",
        [event(3, AFTER, "refresh", GUEST), event(4, AFTER, "same", GUEST)],
        {"Infrastructure": Span(3, 4)},
    ),
    ("failed", [event(3, BEFORE, "update", SWARM), event(8, FAILED, "update", SWARM)], {"Swarm": Span(3, 8, 1)}),
    ("in no stage", [event(3, AFTER, "create", "pulumi:providers:pulumi-python")], {}),
    ("other events", ['{"timestamp": 1, "preludeEvent": {"config": {}}}', '{"timestamp": 2, "cancelEvent": {}}'], {}),
]


@pytest.mark.parametrize(("events", "wanted"), [each[1:] for each in RUNS], ids=[each[0] for each in RUNS])
def test_spans(events: list[str], wanted: dict[str, Span]) -> None:
    assert spans(events) == wanted


def test_stages_come_in_their_order_whatever_the_log_does() -> None:
    events = [event(1, AFTER, "same", f"phoenix:index:{stage}$phoenix:x") for stage in reversed(STAGES)]
    assert tuple(spans(events)) == STAGES
