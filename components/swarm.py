"""Stage 2: the manager leads, workers have joined, members have their labels, overlay networks exist."""

from collections.abc import Mapping, Sequence

import pulumi

from components.guest import Guest
from components.stage import Stage
from phoenix.plan.swarm import SwarmPlan
from phoenix.providers.swarm.manager import SwarmManager
from phoenix.providers.swarm.node_labels import NodeLabels
from phoenix.providers.swarm.overlay_network import OverlayNetwork
from phoenix.providers.swarm.worker import SwarmWorker


class Swarm(Stage):
    """The Docker Swarm; `networks` are those that stacks share, by name."""

    def __init__(
        self,
        plan: SwarmPlan,
        guests: Mapping[int, Guest],
        parent: pulumi.Resource,
        after: Sequence[pulumi.Resource],
    ) -> None:
        super().__init__("swarm", parent, after)
        leading = SwarmManager("swarm-manager", plan.manager, self.options())
        joined = [
            SwarmWorker(f"swarm-worker-{vmid}", worker, self.options(leading, guests[vmid].resource))
            for vmid, worker in plan.workers.items()
        ]
        for vmid, labels in plan.labels.items():
            NodeLabels(f"node-labels-{vmid}", labels, self.options(leading, *joined))
        self.networks = {
            name: OverlayNetwork(f"network-{name}", network, self.options(leading))
            for name, network in plan.networks.items()
        }
        self.register_outputs({})
