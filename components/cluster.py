"""The whole cluster: six stages, each complete before the next one begins."""

from collections.abc import Mapping
from typing import Any

import pulumi

from components.certificates import Certificates
from components.distribution import Distribution
from components.gateways import Gateways
from components.infrastructure import Infrastructure
from components.services import Services
from components.swarm import Swarm
from phoenix.features.artifacts import Artifact
from phoenix.model import Cluster
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
        variables: Mapping[str, str],
    ) -> None:
        super().__init__("phoenix:index:ProxmoxCluster", cluster.node.name)
        infrastructure = Infrastructure(cluster, settings, artifacts, self)
        swarm = Swarm(cluster, self, [infrastructure])
        certificates = Certificates(cluster, self, [infrastructure, swarm])
        distribution = Distribution(cluster, settings, certificates.issued, self, [swarm, certificates])
        services = Services(cluster, variables, distribution.secrets, self, [distribution])
        Gateways(cluster, self, [services])
        self.certificates: dict[str, Any] = {
            name: {"expires": issued.not_after, "fingerprint": issued.fingerprint}
            for name, issued in certificates.issued.items()
        }
        self.ca_fingerprint = next(iter(certificates.issued.values())).root_fingerprint
        self.endpoints, self.stacks = services.endpoints, services.stacks
        self.register_outputs({})
