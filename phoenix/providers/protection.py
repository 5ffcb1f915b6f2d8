"""The first thing that `pulumi destroy` takes away, so that it can refuse before anything else is gone.

The engine itself would delete all that is not protected, and only then fail on what is.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Never

import pulumi

from phoenix.errors import OperationError
from phoenix.providers.adapter import Provider, Resource
from phoenix.providers.reconciler import Observation, Reconciler, Spec
from phoenix.settings import Settings


class ProtectionSpec(Spec):
    """`protected` names what must not be deleted (`guest 103 step-ca`); `node` is what it belongs to."""

    node: str
    protected: tuple[str, ...] = ()


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
            raise OperationError(
                resource="protection",
                operation="destroy the cluster",
                host=spec.node,
                cause=f"nothing was deleted: protected are {', '.join(spec.protected)}",
                next_step="if you mean it: pulumi config set phoenix:protect false (and protect: false in the guest's "
                "file where it says true), pulumi up, then pulumi destroy",
            )


class ProtectionProvider(Provider[ProtectionSpec]):
    """Protection of the whole."""

    reconciler = ProtectionReconciler()


class Protection(Resource, module="phoenix", name="Protection"):
    """It must depend on every other resource: then the engine deletes it before all of them."""

    def __init__(
        self, name: str, props: Mapping[str, pulumi.Input[Any]], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(ProtectionProvider(), name, props, (), opts)
