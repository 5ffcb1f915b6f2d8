"""The whole cluster as specs, stage by stage: what cannot be planned is told before anything is touched."""

from collections.abc import Mapping
from dataclasses import dataclass

from phoenix.model import Cluster
from phoenix.plan import (
    certificates,
    connections,
    distribution,
    gateways,
    guests,
    hooks,
    infrastructure,
    services,
    summary,
    swarm,
)
from phoenix.plan.certificates import CertificatePlan
from phoenix.plan.choices import Choices
from phoenix.plan.distribution import DistributionPlan
from phoenix.plan.gateways import GatewaysPlan
from phoenix.plan.hooks import HooksPlan
from phoenix.plan.infrastructure import InfrastructurePlan
from phoenix.plan.services import ServicesPlan
from phoenix.plan.swarm import SwarmPlan
from phoenix.specs.program import ProtectionSpec


@dataclass(frozen=True)
class ClusterPlan:
    """`name` is the node's, `urls` what the gateway serves, `certificates` by their names in the manifest."""

    name: str
    urls: Mapping[str, str]
    ca_url: str
    infrastructure: InfrastructurePlan
    swarm: SwarmPlan
    certificates: Mapping[str, CertificatePlan]
    distribution: DistributionPlan
    services: ServicesPlan
    gateways: GatewaysPlan
    hooks: HooksPlan
    protection: ProtectionSpec


def plan(cluster: Cluster, choices: Choices) -> ClusterPlan:
    """Every spec of the cluster.

    Raises ConfigurationError with file, line and field of what no spec takes, and of every firewall rule that drops a
    connection which the product needs.
    """
    connections.check(cluster)
    protected = [f"guest {each.vmid} {each.name}" for each in cluster.guests if guests.protected(each, choices)]
    return ClusterPlan(
        name=cluster.node.name,
        urls=summary.urls(cluster),
        ca_url=cluster.ca_url,
        infrastructure=infrastructure.plan(cluster, choices),
        swarm=swarm.plan(cluster),
        certificates={each.name: certificates.plan(cluster, each) for each in cluster.certificates},
        distribution=distribution.plan(cluster, choices),
        services=services.plan(cluster),
        gateways=gateways.plan(cluster),
        hooks=hooks.plan(cluster),
        protection=ProtectionSpec(node=cluster.node.at, protected=tuple(protected)),
    )
