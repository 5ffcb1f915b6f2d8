"""A Swarm's worker: joined to the manager's own cluster, ready, and taking tasks."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from enum import Enum

from docker.client import DockerClient

from phoenix.clients import swarm
from phoenix.clients.docker_engine import engine, observing, reaching
from phoenix.clients.swarm import CLUSTER_PORT, Membership, Node
from phoenix.errors import UnobservableError
from phoenix.providers.core.reconciler import Observation, Reconciler
from phoenix.providers.core.refusal import Refuse
from phoenix.providers.core.resource import Resource
from phoenix.providers.core.waiting import wait_until
from phoenix.redaction import register
from phoenix.settings import Settings
from phoenix.specs.swarm import JOINED, SwarmWorkerSpec
from phoenix.specs.target import VmTarget

REMOVED = "removed from the manager's list"
STARTING = "starting"
READY_SECONDS = 120.0
"""A worker whose manager was restarted shows as down for more than 20 s."""
DRAIN_SECONDS = 60.0


class Step(Enum):
    """What makes a worker."""

    LEAVE = "leave the swarm it is in"
    JOIN = "join the manager's swarm"
    AWAIT_READY = "wait until the node is ready"
    ACTIVATE = "let the node take tasks"
    FORGET_STALE = "remove earlier nodes of that name"

    def __str__(self) -> str:
        return self.value


SwarmWorkerAction = Step | Refuse


def belonging(own: Membership, manager: Membership, listed: Sequence[Node]) -> str:
    """Where a worker that is in some swarm belongs, seen from the manager's: node IDs are unique to a cluster."""
    if any(node.id == own.node_id for node in listed):
        return JOINED
    if own.managers and all(peer.rsplit(":", 1)[0] == manager.address for peer in own.managers):
        return REMOVED
    if own.state == "pending":
        return STARTING
    if own.state in ("locked", "error"):
        return f"{own.state}: {own.error or 'no reason given'}"
    return f"in another swarm (managers {', '.join(own.managers) or 'unknown'})"


class SwarmWorkerReconciler(Reconciler[SwarmWorkerSpec, SwarmWorkerAction]):
    spec = SwarmWorkerSpec
    replace_on = frozenset({"worker", "manager"})

    def identity(self, desired: SwarmWorkerSpec) -> str:
        return f"swarm/{desired.manager.vmid}/node/{desired.worker.vmid}"

    def observe(self, settings: Settings, desired: SwarmWorkerSpec) -> Observation[SwarmWorkerSpec] | None:
        with observing(desired.worker, str(desired)):
            own = swarm.membership(engine(settings, desired.worker))
        if own.state == "inactive":
            return None
        with observing(desired.manager, str(desired)):
            client = engine(settings, desired.manager)
            manager, listed = swarm.membership(client), swarm.nodes(client)
        where = belonging(own, manager, listed)
        found = next((node for node in listed if node.id == own.node_id), None)
        changes: dict[str, object] = {
            "membership": where,
            "advertise_address": own.address or desired.advertise_address,
        }
        if found is not None:
            changes["node_name"] = found.hostname or desired.node_name
            changes["status"] = (
                found.state if found.state == "ready" else f"{found.state}: {found.message}".rstrip(": ")
            )
            changes["availability"] = found.availability
        changes["stale"] = tuple(node.id for node in stale(listed, desired.node_name, own.node_id))
        return Observation(desired.model_copy(update=changes))

    def plan(self, live: SwarmWorkerSpec | None, desired: SwarmWorkerSpec) -> Sequence[SwarmWorkerAction]:
        if live is None:
            return [Step.JOIN, Step.AWAIT_READY, Step.ACTIVATE, Step.FORGET_STALE]
        if live.membership not in (JOINED, STARTING, REMOVED):
            advice = "take it out of that one with `docker swarm leave --force` on it, then run again"
            return [Refuse(f"the node is {live.membership}", advice)]
        if live.membership == REMOVED:
            return [Step.LEAVE, *self.plan(None, desired)]
        if live.membership == JOINED and live.node_name != desired.node_name:
            cause = f"its host name is {live.node_name}, not {desired.node_name}"
            return [Refuse(cause, "set the guest's host name, restart its Docker engine, then run again")]
        if live.advertise_address != desired.advertise_address:
            return [Step.LEAVE, *self.plan(None, desired)]
        actions: list[SwarmWorkerAction] = []
        if live.membership == STARTING or live.status != desired.status:
            actions.append(Step.AWAIT_READY)
        if live.availability != desired.availability:
            actions.append(Step.ACTIVATE)
        if live.stale:
            actions.append(Step.FORGET_STALE)
        return actions

    def perform(self, settings: Settings, desired: SwarmWorkerSpec, action: SwarmWorkerAction) -> None:
        if isinstance(action, Refuse):
            raise action.error(desired, "join the swarm")
        match action:
            case Step.LEAVE:
                with _reaching(desired.worker, desired, str(action)):
                    engine(settings, desired.worker).api.leave_swarm(force=True)
            case Step.JOIN:
                self._join(settings, desired)
            case Step.AWAIT_READY:
                self._await_ready(settings, desired)
            case Step.ACTIVATE:
                node_id = self._own_id(settings, desired)
                with _reaching(desired.manager, desired, str(action)):
                    _set_availability(engine(settings, desired.manager), node_id, "active")
            case Step.FORGET_STALE:
                node_id = self._own_id(settings, desired)
                with _reaching(desired.manager, desired, str(action)):
                    client = engine(settings, desired.manager)
                    for node in stale(swarm.nodes(client), desired.node_name, node_id):
                        client.api.remove_node(node.id, force=True)

    def remove(self, settings: Settings, spec: SwarmWorkerSpec) -> None:
        """Drains the node, leaves, and takes it off the manager's list; a worker that is down is only taken off."""
        with _reaching(spec.manager, spec, "take the node off the list"):
            client = engine(settings, spec.manager)
            if swarm.membership(client).state == "inactive":
                return
        try:
            node_id = self._own_id(settings, spec)
        except UnobservableError:
            node_id = ""
        with _reaching(spec.manager, spec, "drain the node"):
            known = {node.id for node in swarm.nodes(client)}
            if node_id in known:
                _set_availability(client, node_id, "drain")
                wait_until(lambda: _running_tasks(client, node_id), subject=spec, limit=DRAIN_SECONDS)
        if node_id in known:
            with _reaching(spec.worker, spec, "leave the swarm"):
                engine(settings, spec.worker).api.leave_swarm(force=True)
        with _reaching(spec.manager, spec, "take the node off the list"):
            for node in swarm.nodes(client):
                if node.id == node_id or (node.hostname == spec.node_name and node.state == "down"):
                    client.api.remove_node(node.id, force=True)

    def _join(self, settings: Settings, desired: SwarmWorkerSpec) -> None:
        with _reaching(desired.manager, desired, "read the join token"):
            client = engine(settings, desired.manager)
            address = swarm.membership(client).address
            tokens = client.api.inspect_swarm()["JoinTokens"]
            register(*tokens.values())
        with _reaching(desired.worker, desired, str(Step.JOIN)):
            joining = engine(settings, desired.worker)
            if swarm.membership(joining).state == "inactive":
                joining.api.join_swarm(
                    remote_addrs=[f"{address}:{CLUSTER_PORT}"],
                    join_token=tokens["Worker"],
                    advertise_addr=desired.advertise_address,
                )

    def _await_ready(self, settings: Settings, desired: SwarmWorkerSpec) -> None:
        def obstacle() -> str:
            seen = self.observe(settings, desired)
            if seen is None:
                return "not in a swarm"
            if seen.live.membership != JOINED:
                return seen.live.membership
            return "" if seen.live.status == desired.status else seen.live.status

        if left := wait_until(obstacle, subject=desired, limit=READY_SECONDS):
            advice = (
                f"see whether {desired.worker.address} reaches the manager on {CLUSTER_PORT} and 7946, then run again"
            )
            refusal = Refuse(f"the node is {left} after {READY_SECONDS:.0f} s", advice)
            raise refusal.error(desired, str(Step.AWAIT_READY))

    def _own_id(self, settings: Settings, spec: SwarmWorkerSpec) -> str:
        with observing(spec.worker, str(spec)):
            return swarm.membership(engine(settings, spec.worker)).node_id


def stale(listed: Sequence[Node], hostname: str, own_id: str) -> list[Node]:
    """Earlier nodes of that name: down, or still thought ready at the address where the present one answers."""
    own_address = next((node.address for node in listed if node.id == own_id), None)
    earlier = [node for node in listed if node.hostname == hostname and node.id != own_id]
    return [node for node in earlier if node.state == "down" or node.address == own_address]


def _set_availability(client: DockerClient, node_id: str, availability: str) -> None:
    swarm.change_node(client, node_id, lambda spec: spec.update(Availability=availability))


def _running_tasks(client: DockerClient, node_id: str) -> str:
    tasks = client.api.tasks(filters={"node": node_id})
    running = sum(task["Status"]["State"] == "running" for task in tasks)
    return f"{running} tasks still run on it" if running else ""


def _reaching(target: VmTarget, desired: SwarmWorkerSpec, operation: str) -> AbstractContextManager[None]:
    return reaching(target, str(desired), operation, f"see `journalctl -u docker` on {target}, then run again")


class SwarmWorker(Resource[SwarmWorkerSpec], reconciler=SwarmWorkerReconciler()):
    """A worker of the manager's swarm."""
