"""A Swarm's manager: active, leading, and with an address pool that leaves the LAN alone."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from enum import Enum
from ipaddress import IPv4Network
from typing import Any

import pulumi
from docker.client import DockerClient
from docker.errors import APIError

from phoenix.clients import swarm
from phoenix.clients.docker_engine import engine, observing, reaching
from phoenix.clients.swarm import Membership
from phoenix.providers.core.reconciler import Observation, Reconciler
from phoenix.providers.core.refusal import Refuse
from phoenix.providers.core.resource import Resource
from phoenix.providers.core.waiting import wait_until
from phoenix.settings import Settings
from phoenix.specs.swarm import LEADING, SwarmManagerSpec

NO_QUORUM = "without quorum"
STARTING = "starting"
WAIT_SECONDS = 60.0
ELECTION_SECONDS = 25.0
"""An election after a restart takes seconds; only a manager that leads nothing for longer lost its quorum."""


class Step(Enum):
    """What makes a leader."""

    INIT = "initialise the swarm"
    RECOVER = "recover the swarm with force-new-cluster"

    def __str__(self) -> str:
        return self.value


SwarmManagerAction = Step | Refuse


def standing(own: Membership, leader: bool) -> str:
    """The engine's standing in words; `leader` tells whether the node list names it as the leader."""
    if own.state in ("locked", "error"):
        return f"{own.state}: {own.error or 'no reason given'}"
    if own.state == "pending":
        return STARTING
    if not own.manager:
        return "worker of another swarm"
    if own.error or not own.cluster_id:
        return NO_QUORUM
    return LEADING if leader else "following another manager"


class SwarmManagerReconciler(Reconciler[SwarmManagerSpec, SwarmManagerAction]):
    spec = SwarmManagerSpec
    replace_on = frozenset({"manager"})

    def identity(self, desired: SwarmManagerSpec) -> str:
        return f"swarm/{desired.manager.vmid}"

    def observe(self, settings: Settings, desired: SwarmManagerSpec) -> Observation[SwarmManagerSpec] | None:
        with observing(desired.manager, str(desired)):
            client = engine(settings, desired.manager)
            own = swarm.membership(client)
            if own.state == "inactive":
                return None
            leader = _leads(client, own)
        changes: dict[str, Any] = {"state": standing(own, leader), "advertise_address": own.address}
        if own.pools:
            changes |= {"address_pool": IPv4Network(own.pools[0]), "pool_mask": own.subnet_size}
        return Observation(desired.model_copy(update=changes), {"cluster_id": own.cluster_id})

    def plan(self, live: SwarmManagerSpec | None, desired: SwarmManagerSpec) -> Sequence[SwarmManagerAction]:
        if live is None:
            return [Step.INIT]
        if live.state in (NO_QUORUM, STARTING):
            return [Step.RECOVER]
        if live.state != LEADING:
            return [Refuse(f"the node is {live.state}", _advice(live.state))]
        fixed = ("advertise_address", "address_pool", "pool_mask")
        wrong = [name for name in fixed if getattr(live, name) != getattr(desired, name)]
        if wrong:
            found = ", ".join(f"{name} is {getattr(live, name)}, not {getattr(desired, name)}" for name in wrong)
            advice = "a swarm keeps these for life: take its stacks away, `docker swarm leave --force` on each node"
            return [Refuse(found, f"configure what is there, or {advice}, then run again")]
        return []

    def perform(self, settings: Settings, desired: SwarmManagerSpec, action: SwarmManagerAction) -> None:
        if isinstance(action, Refuse):
            raise action.error(desired, "take over the swarm")
        if action is Step.RECOVER and not self._wait(settings, desired, ELECTION_SECONDS):
            return
        with _reaching(desired, str(action)):
            engine(settings, desired.manager).api.init_swarm(
                advertise_addr=desired.advertise_address,
                default_addr_pool=[str(desired.address_pool)],
                subnet_size=desired.pool_mask,
                force_new_cluster=action is Step.RECOVER,
            )
        if obstacle := self._wait(settings, desired, WAIT_SECONDS):
            refusal = Refuse(f"the node is {obstacle} after {WAIT_SECONDS:.0f} s", _advice(obstacle))
            raise refusal.error(desired, str(action))

    def remove(self, settings: Settings, spec: SwarmManagerSpec) -> None:
        """Leaves the swarm only when nothing lives in it: no service, no other node; otherwise refuses."""
        with _reaching(spec, "leave the swarm"):
            client = engine(settings, spec.manager)
            if swarm.membership(client).state == "inactive":
                return
            services = sorted(service["Spec"]["Name"] for service in client.api.services())
            others = sorted(node.hostname for node in swarm.nodes(client) if not node.leader)
            if not services and not others:
                client.api.leave_swarm(force=True)
                return
        inhabitants = [f"services {', '.join(services)}"] * bool(services) + [f"nodes {', '.join(others)}"] * bool(
            others
        )
        raise Refuse(
            f"it still holds {' and '.join(inhabitants)}",
            "remove them first; a manager that leaves takes every secret, network and service with it",
        ).error(spec, "leave the swarm")

    def _wait(self, settings: Settings, desired: SwarmManagerSpec, limit: float) -> str:
        def obstacle() -> str:
            seen = self.observe(settings, desired)
            state = seen.live.state if seen else "inactive"
            return "" if state == LEADING else state

        return wait_until(obstacle, subject=desired, limit=limit)


def _advice(state: str) -> str:
    if state.startswith("locked"):
        return "run `docker swarm unlock` on it with the swarm's unlock key, then run again"
    if state.startswith("following"):
        return "demote the other managers with `docker node demote`, or configure the leader as the manager"
    if state.startswith("worker"):
        return "take it out of that swarm with `docker swarm leave` on it, then run again"
    return "see `journalctl -u docker` and `docker info` on it"


def _leads(client: DockerClient, own: Membership) -> bool:
    try:
        return own.manager and any(node.leader and node.id == own.node_id for node in swarm.nodes(client))
    except APIError:
        return False


def _reaching(desired: SwarmManagerSpec, operation: str) -> AbstractContextManager[None]:
    return reaching(desired.manager, str(desired), operation, "see `journalctl -u docker` on it, then run again")


class SwarmManager(Resource[SwarmManagerSpec], reconciler=SwarmManagerReconciler()):
    """The swarm's manager; never leaves a swarm that holds anything."""

    cluster_id: pulumi.Output[str]
