"""Virtual machines, made from a cloud image or cloned from a template, told who they are by cloud-init."""

from collections.abc import Mapping
from typing import Any

from phoenix.providers.core.resource import Resource
from phoenix.providers.proxmox.guest import vm_config
from phoenix.providers.proxmox.guest.ready import await_vm
from phoenix.providers.proxmox.guest.reconciler import GuestReconciler
from phoenix.providers.proxmox.guest.values import Keys, released
from phoenix.settings import Settings
from phoenix.specs.guest import VmSpec


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

    def released(self, config: Mapping[str, str], recorded: VmSpec, desired: VmSpec) -> Keys:
        return released(config, recorded, desired)

    def inherited(self, config: Mapping[str, str], desired: VmSpec) -> Keys:
        return vm_config.inherited(config, desired)

    def new(self, desired: VmSpec, volume: str) -> dict[str, Any]:
        return {"name": desired.name, **vm_config.hardware(desired, volume)}

    def left_alone(self, config: Mapping[str, str], desired: VmSpec) -> tuple[str, ...]:  # noqa: ARG002
        return vm_config.left_alone(config)

    def disk(self, path: str, config: Mapping[str, str], desired: VmSpec) -> str:  # noqa: ARG002
        return vm_config.disk_of(config, desired)

    def await_ready(self, settings: Settings, desired: VmSpec) -> None:
        await_vm(settings, desired)


class Vm(Resource[VmSpec], reconciler=VmReconciler()):
    """A virtual machine."""
