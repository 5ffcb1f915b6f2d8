"""Where a stage begins: it waits for all of the stages before, so that the resources of its own wait for it alone.

Each resource's state lists all that it waits for, and the engine writes the whole state down twice for each change:
with every resource of one stage listed by every one of the next, these lists would be most of what it writes.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Never

import pulumi

from phoenix.providers.adapter import Provider, Resource
from phoenix.providers.reconciler import Observation, Reconciler, Spec
from phoenix.settings import Settings


class GateSpec(Spec):
    """`stage` is the one that begins."""

    stage: str


class GateReconciler(Reconciler[GateSpec, Never]):
    """It is always as it should be."""

    spec = GateSpec

    def identity(self, desired: GateSpec) -> str:
        return f"gate/{desired.stage}"

    def observe(self, settings: Settings, desired: GateSpec) -> Observation[GateSpec]:  # noqa: ARG002
        return Observation(desired)

    def plan(self, live: GateSpec | None, desired: GateSpec) -> Sequence[Never]:  # noqa: ARG002
        return ()

    def perform(self, settings: Settings, desired: GateSpec, action: Never) -> None:
        """Never called: there are no actions."""

    def remove(self, settings: Settings, spec: GateSpec) -> None:
        """There is nothing but its state."""


class GateProvider(Provider[GateSpec]):
    """Gates."""

    reconciler = GateReconciler()


class Gate(Resource, module="phoenix", name="Gate"):
    """Its order is all that it has."""

    def __init__(
        self, name: str, props: Mapping[str, pulumi.Input[Any]], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(GateProvider(), name, props, (), opts)
