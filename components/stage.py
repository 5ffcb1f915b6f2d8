"""A stage: its resources wait for all of the stages before it."""

from collections.abc import Sequence

import pulumi

from phoenix.providers.program.gate import Gate
from phoenix.specs.program import GateSpec


class Stage(pulumi.ComponentResource):
    """Base of every stage. `after` are the resources or components that each of its own resources waits for."""

    def __init__(self, name: str, parent: pulumi.Resource, after: Sequence[pulumi.Resource] = ()) -> None:
        super().__init__(f"phoenix:index:{type(self).__name__}", name, None, pulumi.ResourceOptions(parent=parent))
        self._after: tuple[pulumi.Resource, ...] = ()
        if after:
            options = pulumi.ResourceOptions(parent=self, depends_on=[*after])
            self._after = (Gate(f"before-{name}", GateSpec(stage=name), options),)

    def options(self, *more: pulumi.Resource) -> pulumi.ResourceOptions:
        """Options of a resource in this stage that also waits for `more`."""
        return pulumi.ResourceOptions(parent=self, depends_on=[*self._after, *more])
