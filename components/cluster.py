"""The whole cluster: six stages, each complete before the next one begins."""

from typing import Any

import pulumi

from components import hooks
from components.certificates import Certificates
from components.distribution import Distribution
from components.gateways import Gateways
from components.infrastructure import Infrastructure
from components.services import Services
from components.swarm import Swarm
from phoenix.plan.cluster import ClusterPlan
from phoenix.providers.core.resource import Resource
from phoenix.providers.program.protection import Protection
from phoenix.settings import Settings


class ProxmoxCluster(pulumi.ComponentResource):
    """Infrastructure, Swarm, certificates, distribution, services, gateways.

    Every certificate is issued before any is distributed, every secret exists before a service asks for it, and
    services run before the gateways lead to them.
    """

    def __init__(self, plan: ClusterPlan, settings: Settings) -> None:
        made: list[Resource[Any]] = []

        def note(each: pulumi.ResourceTransformationArgs) -> None:
            if isinstance(each.resource, Resource):
                made.append(each.resource)

        options = pulumi.ResourceOptions(transformations=[note])
        super().__init__("phoenix:index:ProxmoxCluster", plan.name, None, options)
        infrastructure = Infrastructure(plan.infrastructure, self)
        readied = hooks.after_guests(plan.hooks, settings, infrastructure.guests, self)
        prepared = [infrastructure, *readied]
        swarm = Swarm(plan.swarm, self, prepared)
        certificates = Certificates(plan.certificates, infrastructure.roots, self, [*prepared, swarm])
        distribution = Distribution(plan, certificates.issued, infrastructure.roots, self, [swarm, certificates])
        services = Services(plan.services, distribution.secrets, self, [distribution])
        gateways = Gateways(plan.gateways, self, [services])
        renewed = hooks.after_renewals(plan.hooks, settings, certificates.issued, self, [distribution])
        ended = hooks.after_up(plan.hooks, settings, made, self, [infrastructure, gateways, *renewed])
        # destroying begins with what depends on everything
        whole = pulumi.ResourceOptions(parent=self, depends_on=[*made, *readied, *renewed, *ended])
        Protection("protection", plan.protection, whole)
        self.certificates = {
            name: {"expires": issued.not_after, "fingerprint": issued.fingerprint}
            for name, issued in certificates.issued.items()
        }
        self.ca_fingerprint = next(iter(certificates.issued.values())).root_fingerprint
        self.endpoints, self.stacks = services.endpoints, services.stacks
        self.register_outputs({})
