"""The first thing that `pulumi destroy` takes away, so that it can refuse before anything else is gone.

The engine itself would delete all that is not protected, and only then fail on what is.
"""

from collections.abc import Sequence
from typing import Never

from phoenix.providers.core.reconciler import Observation, Reconciler
from phoenix.providers.core.resource import Resource
from phoenix.settings import Settings
from phoenix.specs.program import ProtectionSpec


class ProtectionReconciler(Reconciler[ProtectionSpec, Never]):
    """There is nothing to do but to stand in the way."""

    spec = ProtectionSpec

    def identity(self, desired: ProtectionSpec) -> str:
        return f"protection/{desired.node}"

    def observe(self, settings: Settings, desired: ProtectionSpec) -> Observation[ProtectionSpec]:  # noqa: ARG002
        return Observation(desired)

    def plan(self, live: ProtectionSpec | None, desired: ProtectionSpec) -> Sequence[Never]:  # noqa: ARG002
        return ()

    def perform(self, settings: Settings, desired: ProtectionSpec, action: Never) -> None:
        """Never called: there are no actions."""

    def remove(self, settings: Settings, spec: ProtectionSpec) -> None:  # noqa: ARG002
        if spec.protected:
            raise spec.failure(
                "destroy the cluster",
                f"nothing was deleted: protected are {', '.join(spec.protected)}",
                "if you mean it: pulumi config set phoenix:protect false (and protect: false in the guest's "
                "file where it says true), pulumi up, then pulumi destroy",
            )


class Protection(Resource[ProtectionSpec], reconciler=ProtectionReconciler()):
    """It must depend on every other resource: then the engine deletes it before all of them."""
