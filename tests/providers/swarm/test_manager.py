"""A Swarm's manager: its standing, what is done from which one, and a real engine that becomes one."""

from collections.abc import Iterator
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest
from docker.types.services import ContainerSpec, ServiceMode, TaskTemplate

from phoenix.clients.swarm import Membership
from phoenix.errors import OperationError
from phoenix.providers.core.refusal import Refuse
from phoenix.providers.swarm.manager import NO_QUORUM, STARTING, Step, SwarmManagerReconciler, standing
from phoenix.specs.swarm import LEADING, SwarmManagerSpec
from phoenix.specs.target import VmTarget
from tests.providers.core.convergence import converge, live
from tests.providers.swarm import swarm_engine, swarm_host
from tests.providers.swarm.swarm_host import SwarmHost

MANAGER = SwarmManagerReconciler()
WANTED = SwarmManagerSpec(
    manager=VmTarget(node="10.0.0.13", vmid=1001, address="10.0.0.111", user="someone"),
    advertise_address="10.0.0.111",
    address_pool=IPv4Network("172.20.0.0/14"),
)
NO_LEADER = "The swarm does not have a leader. It's possible that too few managers are online."


def membership(**given: Any) -> Membership:
    usual: dict[str, Any] = {
        "state": "active",
        "node_id": "n1",
        "address": "10.0.0.111",
        "manager": True,
        "error": "",
        "cluster_id": "c1",
        "pools": ("172.20.0.0/14",),
        "subnet_size": 24,
        "managers": ("10.0.0.111:2377",),
    }
    return Membership(**{**usual, **given})


@pytest.mark.parametrize(
    ("own", "leader", "expected"),
    [
        (membership(), True, LEADING),
        (membership(), False, "following another manager"),
        (membership(error=NO_LEADER, cluster_id=""), False, NO_QUORUM),
        (membership(state="pending", error=NO_LEADER, cluster_id=""), False, STARTING),
        (membership(manager=False, cluster_id=""), False, "worker of another swarm"),
        (membership(state="locked", manager=False, error="swarm is locked"), False, "locked: swarm is locked"),
        (membership(state="error", manager=False, error="expired"), False, "error: expired"),
    ],
)
def test_standing(own: Membership, leader: bool, expected: str) -> None:
    assert standing(own, leader) == expected


PLANS: list[tuple[str, dict[str, Any] | None, list[object]]] = [
    ("as desired", {}, []),
    ("in no swarm", None, [Step.INIT]),
    ("quorum lost", {"state": NO_QUORUM}, [Step.RECOVER]),
    ("no leader since a restart", {"state": STARTING}, [Step.RECOVER]),
    ("locked", {"state": "locked: x"}, [Refuse]),
    ("a worker elsewhere", {"state": "worker of another swarm"}, [Refuse]),
    ("following", {"state": "following another manager"}, [Refuse]),
    ("a pool on the LAN", {"address_pool": IPv4Network("10.0.0.0/8")}, [Refuse]),
    ("another address", {"advertise_address": "10.0.0.112"}, [Refuse]),
]


@pytest.mark.parametrize(("changes", "expected"), [plan[1:] for plan in PLANS], ids=[plan[0] for plan in PLANS])
def test_plan(changes: dict[str, Any] | None, expected: list[object]) -> None:
    planned = MANAGER.plan(None if changes is None else WANTED.model_copy(update=changes), WANTED)
    assert [type(action) if isinstance(action, Refuse) else action for action in planned] == expected


@pytest.fixture(scope="module")
def socket() -> Iterator[Path]:
    yield from swarm_engine.serve()


@pytest.fixture
def swarm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, socket: Path) -> Iterator[SwarmHost]:
    for made in swarm_host.serve(tmp_path, monkeypatch, socket):
        made.client.api.leave_swarm(force=True)
        yield made


@pytest.fixture
def wanted(swarm: SwarmHost) -> SwarmManagerSpec:
    return WANTED.model_copy(update={"manager": swarm.manager, "advertise_address": "127.0.0.1"})


def test_initialised_once_with_its_pool(swarm: SwarmHost, wanted: SwarmManagerSpec) -> None:
    assert converge(MANAGER, swarm.settings, wanted) == [str(Step.INIT)]
    assert converge(MANAGER, swarm.settings, wanted) == []
    cluster = swarm.client.info()["Swarm"]["Cluster"]
    assert cluster["DefaultAddrPool"] == ["172.20.0.0/14"]
    seen = MANAGER.observe(swarm.settings, wanted)
    assert seen is not None
    assert seen.outputs == {"cluster_id": cluster["ID"]}


def test_a_foreign_pool_is_refused_with_both_values(swarm: SwarmHost, wanted: SwarmManagerSpec) -> None:
    converge(MANAGER, swarm.settings, wanted)
    other = wanted.model_copy(update={"address_pool": IPv4Network("172.28.0.0/16")})
    with pytest.raises(OperationError, match=r"address_pool is 172\.20\.0\.0/14, not 172\.28\.0\.0/16"):
        converge(MANAGER, swarm.settings, other)


def test_leaves_only_when_nothing_lives_in_it(swarm: SwarmHost, wanted: SwarmManagerSpec) -> None:
    converge(MANAGER, swarm.settings, wanted)
    task = TaskTemplate(ContainerSpec("none"))
    service = swarm.client.api.create_service(task, name="web", mode=ServiceMode("replicated", replicas=0))
    with pytest.raises(OperationError, match="still holds services web"):
        MANAGER.remove(swarm.settings, wanted)
    swarm.client.api.remove_service(service["ID"])
    for _ in range(2):
        MANAGER.remove(swarm.settings, wanted)
        assert live(MANAGER, swarm.settings, wanted) is None
