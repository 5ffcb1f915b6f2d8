"""The whole cluster: six stages, each complete before the next one begins."""

from collections.abc import Mapping
from typing import Any

import pulumi

from components import hooks
from components.certificates import Certificates
from components.distribution import Distribution
from components.gateways import Gateways
from components.infrastructure import Infrastructure
from components.services import Services
from components.swarm import Swarm
from phoenix.features.artifact import Artifact
from phoenix.model import Cluster
from phoenix.plan import guests
from phoenix.providers.adapter import Resource
from phoenix.providers.protection import Protection
from phoenix.settings import Settings


class ProxmoxCluster(pulumi.ComponentResource):
    """Infrastructure, Swarm, certificates, distribution, services, gateways.

    Every certificate is issued before any is distributed, every secret exists before a service asks for it, and
    services run before the gateways lead to them.
    """

    def __init__(
        self,
        cluster: Cluster,
        settings: Settings,
        artifacts: Mapping[str, Artifact],
    ) -> None:
        made: list[Resource] = []

        def note(each: pulumi.ResourceTransformationArgs) -> None:
            if isinstance(each.resource, Resource):
                made.append(each.resource)

        options = pulumi.ResourceOptions(transformations=[note])
        super().__init__("phoenix:index:ProxmoxCluster", cluster.node.name, None, options)
        infrastructure = Infrastructure(cluster, settings, artifacts, self)
        readied = hooks.after_guests(cluster, settings, infrastructure.guests, self)
        prepared = [infrastructure, *readied]
        swarm = Swarm(cluster, self, prepared)
        certificates = Certificates(cluster, infrastructure.roots, self, [*prepared, swarm])
        distribution = Distribution(
            cluster, settings, certificates.issued, infrastructure.roots, self, [swarm, certificates]
        )
        services = Services(cluster, distribution.secrets, self, [distribution])
        gateways = Gateways(cluster, self, [services])
        renewed = hooks.after_renewals(cluster, settings, certificates.issued, self, [distribution])
        ended = hooks.after_up(cluster, settings, made, self, [infrastructure, gateways, *renewed])
        # destroying begins with what depends on everything
        whole = pulumi.ResourceOptions(parent=self, depends_on=[*made, *readied, *renewed, *ended])
        protected = [
            f"guest {each.vmid} {each.name}" for each in cluster.guests if guests.protected(each, settings.protect)
        ]
        Protection("protection", {"node": str(cluster.node.ip), "protected": protected}, whole)
        self.certificates: dict[str, Any] = {
            name: {"expires": issued.not_after, "fingerprint": issued.fingerprint}
            for name, issued in certificates.issued.items()
        }
        self.ca_fingerprint = next(iter(certificates.issued.values())).root_fingerprint
        self.endpoints, self.stacks = services.endpoints, services.stacks
        self.register_outputs({})
