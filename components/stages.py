"""The six stages: infrastructure, Swarm, certificates, distribution, services, gateways.

Every certificate is issued before any is distributed, every secret exists before a service asks for it, and services
run before the gateways lead to them.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pulumi

from components import hooks, node
from components.certificates import Certificates
from components.cluster import ProxmoxCluster
from components.distribution import Distribution
from components.gateways import Gateways
from components.services import Services
from components.swarm import Swarm
from phoenix.plan.cluster import ClusterPlan
from phoenix.providers.program.protection import Protection
from phoenix.settings import Settings


@dataclass(frozen=True)
class Built:
    """What people want to know of a cluster."""

    certificates: Mapping[str, Mapping[str, pulumi.Output[Any]]]
    ca_fingerprint: pulumi.Output[str]
    endpoints: Mapping[str, pulumi.Output[str]]
    stacks: Mapping[str, pulumi.Output[str]]
    last: pulumi.Resource
    """It waits for all others."""

    async def settled(self) -> None:
        """Returns when the engine has answered for every resource, or one of them failed.

        The SDK waits for the outputs of all, too, but goes through the whole list whenever one of them is there: its
        work grows with the square of their number. When this returns few are left.
        """
        with suppress(Exception):
            await self.last.urn.future()


def place(cluster: ProxmoxCluster, plan: ClusterPlan, settings: Settings) -> Built:
    """Places everything that is not yet, stage by stage."""
    infrastructure = cluster.infrastructure
    placed = node.place(infrastructure, plan.infrastructure)
    readied = hooks.after_guests(plan.hooks, settings, placed.guests, cluster)
    prepared = [infrastructure, *readied]
    swarm = Swarm(plan.swarm, placed.guests, cluster, prepared)
    certificates = Certificates(plan.certificates, placed.roots, cluster, [*prepared, swarm])
    distribution = Distribution(plan, certificates.issued, placed.roots, placed.guests, cluster, [swarm, certificates])
    services = Services(plan.services, distribution, swarm.networks, placed.guests, cluster, [distribution])
    gateways = Gateways(plan.gateways, cluster, [services])
    renewed = hooks.after_renewals(plan.hooks, settings, certificates.issued, cluster, [distribution])
    ended = hooks.after_up(plan.hooks, settings, cluster.made, cluster, [infrastructure, gateways, *renewed])
    # destroying begins with what depends on everything
    whole = pulumi.ResourceOptions(parent=cluster, depends_on=[*cluster.made, *readied, *renewed, *ended])
    last = Protection("protection", plan.protection, whole)
    cluster.register_outputs({})
    return Built(
        certificates={
            name: {"expires": issued.not_after, "fingerprint": issued.fingerprint}
            for name, issued in certificates.issued.items()
        },
        ca_fingerprint=next(iter(certificates.issued.values())).root_fingerprint,
        endpoints=services.endpoints,
        stacks=services.stacks,
        last=last,
    )
