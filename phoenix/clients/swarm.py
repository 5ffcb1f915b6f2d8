"""What an engine tells about its Swarm, as values: https://docs.docker.com/reference/api/engine/ (info, nodes)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from docker.client import DockerClient
from docker.errors import APIError, DockerException

CLUSTER_PORT = 2377
_ATTEMPTS = 5


@dataclass(frozen=True)
class Membership:
    """An engine's own place in a swarm; `state` is inactive, pending, active, error or locked."""

    state: str
    node_id: str
    address: str
    manager: bool
    error: str
    cluster_id: str
    pools: tuple[str, ...]
    """Address pools (CIDR) that networks are cut from; empty where only a working manager knows."""
    subnet_size: int
    managers: tuple[str, ...]
    """Managers it knows, `address:port`."""


@dataclass(frozen=True)
class Node:
    """A node in the manager's list; `state` is ready, down, unknown or disconnected."""

    id: str
    hostname: str
    address: str
    state: str
    message: str
    availability: str
    leader: bool
    labels: Mapping[str, str]


def membership(client: DockerClient) -> Membership:
    """The engine's membership; raises what the SDK raises."""
    swarm: Mapping[str, Any] = client.info().get("Swarm") or {}
    if swarm.get("LocalNodeState", "inactive") == "inactive":
        # so says an engine that is going down, too, on connections that it still has: only a new one tells the truth
        client.api.close()
        swarm = client.info().get("Swarm") or {}
    cluster: Mapping[str, Any] = swarm.get("Cluster") or {}
    return Membership(
        state=swarm.get("LocalNodeState") or "inactive",
        node_id=swarm.get("NodeID") or "",
        address=swarm.get("NodeAddr") or "",
        manager=bool(swarm.get("ControlAvailable")),
        error=swarm.get("Error") or "",
        cluster_id=cluster.get("ID") or "",
        pools=tuple(cluster.get("DefaultAddrPool") or ()),
        subnet_size=int(cluster.get("SubnetSize") or 0),
        managers=tuple(peer["Addr"] for peer in swarm.get("RemoteManagers") or ()),
    )


def in_swarm(client: DockerClient) -> bool:
    """Whether the engine is in a swarm, and then tells the truth about its networks, secrets and configs.

    A manager without a quorum lists none of the swarm's networks and reports no error, as if they were gone.
    Raises DockerException for every standing but these two: in no swarm, and a manager that works.
    """
    own = membership(client)
    if own.state == "inactive":
        return False
    if own.state != "active" or not own.manager or own.error or not own.cluster_id:
        raise DockerException(f"its engine is no working manager of a swarm: {own.state}, {own.error or 'no quorum'}")
    return True


def nodes(client: DockerClient) -> list[Node]:
    """The nodes that a manager lists; raises what the SDK raises."""
    return [_node(raw) for raw in client.api.nodes()]


def _node(raw: Mapping[str, Any]) -> Node:
    return Node(
        id=raw["ID"],
        hostname=raw["Description"].get("Hostname", ""),
        address=raw["Status"].get("Addr", ""),
        state=raw["Status"]["State"],
        message=raw["Status"].get("Message", ""),
        availability=raw["Spec"]["Availability"],
        leader=bool((raw.get("ManagerStatus") or {}).get("Leader")),
        labels=raw["Spec"].get("Labels") or {},
    )


def change_node(client: DockerClient, node_id: str, edit: Callable[[dict[str, Any]], None]) -> None:
    """Lets `edit` change the node's spec in place and stores it, anew when someone else stored one meanwhile."""
    for attempt in range(_ATTEMPTS):
        raw = client.api.inspect_node(node_id)
        spec = raw["Spec"]
        edit(spec)
        try:
            client.api.update_node(node_id, raw["Version"]["Index"], spec)
            return
        except APIError as error:
            if "out of sequence" not in str(error) or attempt == _ATTEMPTS - 1:
                raise
