"""What stage 2 makes: the Swarm with its members, their labels, and overlay networks."""

from collections.abc import Mapping
from dataclasses import dataclass

from phoenix.model import Cluster, VmGuest
from phoenix.plan import targets
from phoenix.plan.placed import placed
from phoenix.specs.swarm import NodeLabelsSpec, OverlayNetworkSpec, SwarmManagerSpec, SwarmWorkerSpec


@dataclass(frozen=True)
class SwarmPlan:
    """`workers` and `labels` by VMID, `networks` by name."""

    manager: SwarmManagerSpec
    workers: Mapping[int, SwarmWorkerSpec]
    labels: Mapping[int, NodeLabelsSpec]
    networks: Mapping[str, OverlayNetworkSpec]


def plan(cluster: Cluster) -> SwarmPlan:
    """Raises ConfigurationError."""
    swarm, leader = cluster.swarm, cluster.swarm_manager
    manager = targets.machine(cluster, leader)
    with placed(
        cluster, cluster, places={"pool_mask": (cluster, ("swarm", "subnet_size")), "name": (cluster, ("swarm",))}
    ):
        return SwarmPlan(
            manager=SwarmManagerSpec(
                manager=manager,
                advertise_address=_advertised(leader),
                address_pool=swarm.address_pool,
                pool_mask=swarm.subnet_size,
            ),
            workers={
                each.vmid: SwarmWorkerSpec(
                    worker=targets.machine(cluster, each),
                    manager=manager,
                    node_name=each.name,
                    advertise_address=_advertised(each),
                )
                for each in cluster.swarm_workers
            },
            labels={
                each.vmid: NodeLabelsSpec(manager=manager, node_name=each.name, labels=dict(each.swarm.labels))
                for each in cluster.swarm_members
                if each.swarm is not None and each.swarm.labels
            },
            networks={
                each.name: OverlayNetworkSpec(
                    manager=manager, name=each.name, attachable=each.attachable, encrypted=each.encrypted
                )
                for each in swarm.networks
            },
        )


def _advertised(guest: VmGuest) -> str:
    return str(guest.swarm.advertise) if guest.swarm and guest.swarm.advertise else guest.address
