"""Stage 2: the manager leads, workers have joined, nodes have their labels, overlay networks exist."""

from collections.abc import Sequence

import pulumi

from components.stage import Stage
from phoenix.model import Cluster, VmGuest
from phoenix.plan import guests
from phoenix.providers.node_labels import NodeLabels
from phoenix.providers.overlay_network import OverlayNetwork
from phoenix.providers.swarm_manager import SwarmManager
from phoenix.providers.swarm_worker import SwarmWorker


class Swarm(Stage):
    """The Docker Swarm."""

    def __init__(self, cluster: Cluster, parent: pulumi.Resource, after: Sequence[pulumi.Resource]) -> None:
        super().__init__("swarm", parent, after)
        manager = cluster.swarm_manager
        target = guests.target(cluster, manager)
        leading = SwarmManager(
            "swarm-manager",
            {
                "manager": target,
                "advertise_address": _advertised(manager),
                "address_pool": str(cluster.swarm.address_pool),
                "pool_mask": cluster.swarm.subnet_size,
            },
            self.options(),
        )
        joined: list[pulumi.Resource] = [leading]
        for worker in cluster.swarm_workers:
            properties = {
                "worker": guests.target(cluster, worker),
                "manager": target,
                "node_name": worker.name,
                "advertise_address": _advertised(worker),
            }
            joined.append(SwarmWorker(f"swarm-worker-{worker.vmid}", properties, self.options(leading)))
        for member in cluster.swarm_members:
            if member.swarm is not None and member.swarm.labels:
                properties = {"manager": target, "node_name": member.name, "labels": dict(member.swarm.labels)}
                NodeLabels(f"node-labels-{member.vmid}", properties, self.options(*joined))
        for network in cluster.swarm.networks:
            OverlayNetwork(
                f"network-{network.name}",
                {
                    "manager": target,
                    "name": network.name,
                    "attachable": network.attachable,
                    "encrypted": network.encrypted,
                },
                self.options(leading),
            )
        self.register_outputs({})


def _advertised(guest: VmGuest) -> str:
    return str(guest.swarm.advertise) if guest.swarm and guest.swarm.advertise else guest.address
