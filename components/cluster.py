"""The whole cluster, as far as it is placed before all its kinds are loaded: with the marker of its owner."""

from typing import Any

import pulumi

from components.infrastructure import Infrastructure
from phoenix.plan.cluster import ClusterPlan
from phoenix.providers.core.resource import Resource


class ProxmoxCluster(pulumi.ComponentResource):
    """Six stages, each complete before the next begins; components/stages.py places them.

    `made` are all resources below it, in the order in which they are placed; `announced` tells the providers what will
    come.
    """

    def __init__(self, plan: ClusterPlan, announced: str = "") -> None:
        self.made: list[Resource[Any]] = []

        def note(each: pulumi.ResourceTransformationArgs) -> None:
            if isinstance(each.resource, Resource):
                self.made.append(each.resource)

        options = pulumi.ResourceOptions(transformations=[note])
        super().__init__("phoenix:index:ProxmoxCluster", plan.name, None, options)
        self.infrastructure = Infrastructure(plan.infrastructure.owner, announced, self)
