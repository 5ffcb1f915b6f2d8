"""Virtual machines, made from a cloud image or cloned from a template, told who they are by cloud-init."""

from collections.abc import Mapping
from typing import Any

import pulumi

from phoenix.providers.adapter import Provider, Resource
from phoenix.providers.guest import vm_config
from phoenix.providers.guest.ready import await_vm
from phoenix.providers.guest.reconciler import GuestReconciler
from phoenix.providers.guest.spec import VmSpec
from phoenix.providers.guest.values import Keys
from phoenix.settings import Settings


class VmReconciler(GuestReconciler[VmSpec]):
    """Converges one virtual machine."""

    spec = VmSpec
    kind = "qemu"
    name_key = "name"
    fields = vm_config.FIELDS

    def encode(self, desired: VmSpec, field: str, live: Mapping[str, str]) -> Keys:
        return vm_config.encode(desired, field, live)

    def decode(self, config: Mapping[str, str], desired: VmSpec) -> VmSpec:
        return vm_config.decode(config, desired)

    def new(self, desired: VmSpec, volume: str) -> dict[str, Any]:
        return {"name": desired.name, **vm_config.hardware(desired, volume)}

    def disk(self, path: str, config: Mapping[str, str]) -> str:  # noqa: ARG002
        return vm_config.DISK

    def await_ready(self, settings: Settings, desired: VmSpec) -> None:
        await_vm(settings, desired)


class VmProvider(Provider[VmSpec]):
    """Virtual machines for Pulumi."""

    reconciler = VmReconciler()


class Vm(Resource, module="phoenix", name="Vm"):
    """A virtual machine; `props` are the fields of VmSpec."""

    def __init__(
        self, name: str, props: Mapping[str, pulumi.Input[Any]], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(VmProvider(), name, props, (), opts)
