"""Labels of a Swarm node: ours are as desired, other people's stay."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix.clients import swarm as swarm_client
from phoenix.errors import OperationError
from phoenix.providers.swarm.node_labels import NodeLabelsReconciler, SetLabels
from phoenix.specs.swarm import NodeLabelsSpec
from phoenix.specs.target import VmTarget
from tests.providers.core.convergence import converge, live
from tests.providers.swarm import swarm_engine, swarm_host
from tests.providers.swarm.swarm_host import SwarmHost

LABELS = NodeLabelsReconciler()
MANAGER = VmTarget(node="10.0.0.13", vmid=1001, address="10.0.0.111", user="someone")


def wanted(labels: dict[str, str], manager: VmTarget = MANAGER, name: str = "drphoenix") -> NodeLabelsSpec:
    return NodeLabelsSpec(manager=manager, node_name=name, labels=labels)


@pytest.mark.parametrize(
    ("present", "desired", "expected"),
    [
        ({"gpu": "false"}, {"gpu": "false"}, []),
        ({}, {}, []),
        ({}, {"gpu": "false"}, [SetLabels({"gpu": "false"})]),
        ({"gpu": "true", "zone": "a"}, {"gpu": "false", "zone": "a"}, [SetLabels({"gpu": "false"})]),
        (None, {"gpu": "false"}, [SetLabels({"gpu": "false"})]),
        (None, {}, [SetLabels({})]),
    ],
)
def test_plan(present: dict[str, str] | None, desired: dict[str, str], expected: list[SetLabels]) -> None:
    assert LABELS.plan(None if present is None else wanted(present), wanted(desired)) == expected


_labels = st.dictionaries(st.sampled_from("abc"), st.sampled_from(["", "1", "2"]))


@given(_labels, _labels)
def test_after_a_plan_nothing_is_left(present: dict[str, str], desired: dict[str, str]) -> None:
    present = {key: value for key, value in present.items() if key in desired}
    for action in LABELS.plan(wanted(present), wanted(desired)):
        present |= action.labels
    assert LABELS.plan(wanted(present), wanted(desired)) == []


@pytest.fixture(scope="module")
def socket() -> Iterator[Path]:
    yield from swarm_engine.serve()


@pytest.fixture
def swarm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, socket: Path) -> Iterator[SwarmHost]:
    yield from swarm_host.serve(tmp_path, monkeypatch, socket)


def _set(swarm: SwarmHost, labels: dict[str, str]) -> None:
    (node,) = swarm_client.nodes(swarm.client)
    swarm_client.change_node(swarm.client, node.id, lambda spec: spec.update(Labels=labels))


def test_set_changed_retired_and_removed_beside_foreign_labels(swarm: SwarmHost) -> None:
    (node,) = swarm_client.nodes(swarm.client)
    _set(swarm, {"foreign": "stays", "gpu": "unknown"})
    first = wanted({"gpu": "false", "zone": "a"}, swarm.manager, node.hostname)
    assert converge(LABELS, swarm.settings, first) == ["set gpu=false, zone=a"]
    assert converge(LABELS, swarm.settings, first) == []
    second = wanted({"gpu": "true"}, swarm.manager, node.hostname)
    LABELS.retire(swarm.settings, first, second)
    assert converge(LABELS, swarm.settings, second) == ["set gpu=true"]
    assert swarm_client.nodes(swarm.client)[0].labels == {"foreign": "stays", "gpu": "true"}
    for _ in range(2):
        LABELS.remove(swarm.settings, second)
    assert swarm_client.nodes(swarm.client)[0].labels == {"foreign": "stays"}


def test_a_node_that_the_swarm_does_not_list_is_named(swarm: SwarmHost) -> None:
    nobody = wanted({"gpu": "false"}, swarm.manager, "nobody")
    assert live(LABELS, swarm.settings, nobody) is None
    with pytest.raises(OperationError, match="the swarm lists no node nobody"):
        converge(LABELS, swarm.settings, nobody)
    LABELS.remove(swarm.settings, nobody)
