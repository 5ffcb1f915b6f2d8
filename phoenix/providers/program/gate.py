"""Where a stage begins: it waits for all of the stages before, so that the resources of its own wait for it alone.

Each resource's state lists all that it waits for, and the engine writes the whole state down twice for each change:
with every resource of one stage listed by every one of the next, these lists would be most of what it writes.
"""

from collections.abc import Sequence
from typing import Never

from phoenix.providers.core.reconciler import Observation, Reconciler
from phoenix.providers.core.resource import Resource
from phoenix.settings import Settings
from phoenix.specs.program import GateSpec


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


class Gate(Resource[GateSpec], reconciler=GateReconciler()):
    """Its order is all that it has."""
