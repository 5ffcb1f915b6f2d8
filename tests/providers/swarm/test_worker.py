"""A Swarm's worker: where it belongs, what is done from which state; two engines together are tried on the lab."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix.clients.swarm import Membership, Node
from phoenix.providers.core.refusal import Refuse
from phoenix.providers.swarm.worker import (
    REMOVED,
    STARTING,
    Step,
    SwarmWorkerAction,
    SwarmWorkerReconciler,
    belonging,
    stale,
)
from phoenix.specs.swarm import JOINED, SwarmWorkerSpec
from phoenix.specs.target import VmTarget
from tests.providers.swarm.test_manager import membership

WORKER = SwarmWorkerReconciler()
WANTED = SwarmWorkerSpec(
    worker=VmTarget(node="10.0.0.13", vmid=1002, address="10.0.0.102", user="someone"),
    manager=VmTarget(node="10.0.0.13", vmid=1001, address="10.0.0.111", user="someone"),
    node_name="drphoenix",
    advertise_address="10.0.0.102",
)
ELSEWHERE = "in another swarm (managers 10.9.9.9:2377)"
JOIN: list[object] = [Step.JOIN, Step.AWAIT_READY, Step.ACTIVATE, Step.FORGET_STALE]


def node(identity: str = "w1", **given: Any) -> Node:
    usual: dict[str, Any] = {
        "hostname": "drphoenix",
        "address": "10.0.0.102",
        "state": "ready",
        "message": "",
        "availability": "active",
        "leader": False,
        "labels": {},
    }
    return Node(identity, **{**usual, **given})


def own(**given: Any) -> Membership:
    return membership(**{"node_id": "w1", "manager": False, "cluster_id": "", **given})


@pytest.mark.parametrize(
    ("seen", "listed", "expected"),
    [
        (own(), [node()], JOINED),
        (own(state="pending"), [node()], JOINED),
        (own(), [node("w0")], REMOVED),
        (own(state="pending"), [], REMOVED),
        (own(managers=("10.9.9.9:2377",)), [], ELSEWHERE),
        (own(managers=("10.0.0.111:2377", "10.9.9.9:2377")), [], "in another swarm"),
        (own(managers=(), state="pending"), [], STARTING),
        (own(managers=(), state="locked", error="locked"), [], "locked: locked"),
        (own(manager=True, managers=("10.0.0.102:2377",)), [], "in another swarm"),
    ],
)
def test_belonging(seen: Membership, listed: list[Node], expected: str) -> None:
    assert belonging(seen, membership(), listed).startswith(expected)


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ([node()], []),
        ([node(), node("w0", state="down", address="10.0.0.99")], ["w0"]),
        ([node(), node("w0")], ["w0"]),
        ([node(), node("w0", address="10.0.0.99")], []),
        ([node(), node("x", hostname="portainer", state="down")], []),
    ],
)
def test_stale(listed: list[Node], expected: list[str]) -> None:
    assert [each.id for each in stale(listed, "drphoenix", "w1")] == expected


PLANS: list[tuple[str, dict[str, Any] | None, list[object]]] = [
    ("as desired", {}, []),
    ("in no swarm", None, JOIN),
    ("elsewhere", {"membership": ELSEWHERE}, [Refuse]),
    ("removed from the list", {"membership": REMOVED}, [Step.LEAVE, *JOIN]),
    ("starting", {"membership": STARTING}, [Step.AWAIT_READY]),
    ("down", {"status": "down: heartbeat failure"}, [Step.AWAIT_READY]),
    ("drained", {"availability": "drain"}, [Step.ACTIVATE]),
    ("an earlier node", {"stale": ("w0",)}, [Step.FORGET_STALE]),
    ("another address", {"advertise_address": "10.0.0.103"}, [Step.LEAVE, *JOIN]),
    ("another host name", {"node_name": "debian"}, [Refuse]),
]


@pytest.mark.parametrize(("changes", "expected"), [plan[1:] for plan in PLANS], ids=[plan[0] for plan in PLANS])
def test_plan(changes: dict[str, Any] | None, expected: list[object]) -> None:
    planned = WORKER.plan(None if changes is None else WANTED.model_copy(update=changes), WANTED)
    assert [type(action) if isinstance(action, Refuse) else action for action in planned] == expected


@st.composite
def lives(draw: st.DrawFn) -> SwarmWorkerSpec | None:
    if draw(st.booleans()):
        return None
    changes = {
        "membership": draw(st.sampled_from([JOINED, REMOVED, STARTING])),
        "status": draw(st.sampled_from(["ready", "down", "unknown: no heartbeat"])),
        "availability": draw(st.sampled_from(["active", "drain", "pause"])),
        "advertise_address": draw(st.sampled_from(["10.0.0.102", "10.0.0.103"])),
        "stale": draw(st.sampled_from([(), ("w0",)])),
    }
    return WANTED.model_copy(update=changes)


def after(seen: SwarmWorkerSpec | None, action: SwarmWorkerAction) -> SwarmWorkerSpec | None:
    """What the action makes of the live state, by the documentation of `docker swarm` and `docker node`."""
    if action is Step.LEAVE:
        return None
    if action is Step.JOIN:
        return WANTED.model_copy(update={"status": "unknown", "stale": ("w0",)})
    assert seen is not None
    match action:
        case Step.AWAIT_READY:
            return seen.model_copy(update={"membership": JOINED, "status": "ready"})
        case Step.ACTIVATE:
            return seen.model_copy(update={"availability": "active"})
        case Step.FORGET_STALE:
            return seen.model_copy(update={"stale": ()})
    raise AssertionError(action)


@given(lives())
def test_after_a_plan_nothing_is_left(seen: SwarmWorkerSpec | None) -> None:
    for action in WORKER.plan(seen, WANTED):
        seen = after(seen, action)
    assert WORKER.plan(seen, WANTED) == []
