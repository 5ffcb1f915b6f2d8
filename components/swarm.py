"""Stage 2: the manager leads, workers have joined, nodes have their labels, overlay networks exist."""

from collections.abc import Sequence

import pulumi
import pulumi_docker as docker

from components.stage import Stage
from phoenix.clients.known_hosts import ssh_options
from phoenix.clients.target import VmTarget
from phoenix.model import Cluster, VmGuest
from phoenix.plan import guests
from phoenix.providers.node_labels import NodeLabels
from phoenix.providers.swarm_manager import SwarmManager
from phoenix.providers.swarm_worker import SwarmWorker
from phoenix.settings import Settings


class Swarm(Stage):
    """The Docker Swarm; `engine` is the provider that reaches its manager."""

    def __init__(
        self, cluster: Cluster, settings: Settings, parent: pulumi.Resource, after: Sequence[pulumi.Resource]
    ) -> None:
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
        self.engine = docker.Provider(
            "swarm-engine",
            host=f"ssh://{manager.ssh_user}@{manager.address}",
            ssh_opts=ssh_options(settings, VmTarget.model_validate(target)),
            opts=self.options(leading),
        )
        for network in cluster.swarm.networks:
            docker.Network(
                f"network-{network.name}",
                name=network.name,
                driver="overlay",
                attachable=network.attachable,
                options={"encrypted": ""} if network.encrypted else None,
                opts=pulumi.ResourceOptions.merge(self.options(leading), pulumi.ResourceOptions(provider=self.engine)),
            )
        self.register_outputs({})


def _advertised(guest: VmGuest) -> str:
    return str(guest.swarm.advertise) if guest.swarm and guest.swarm.advertise else guest.address
