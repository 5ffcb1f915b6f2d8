"""What waits for a guest's next start, as a real node has it where fakepve has it otherwise."""

# mypy: disallow-untyped-calls=False
import re
from typing import Any

from fakepve import FakeCt, FakePve, FakeVm

# PVE::QemuServer, cloudinit_pending_properties; the name and the cards aside, which are no keys of cloud-init alone.
CLOUD_INIT = re.compile(r"ci(user|password|custom|type|upgrade)|sshkeys|nameserver|searchdomain|ipconfig\d+")


class Waiting(FakePve):
    """fakepve with Proxmox's own idea of pending keys."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        # of each VM its start, and what its cloud-init drive has otherwise than its configuration; None: not at all
        self._drives: dict[int, tuple[float | None, dict[str, Any]]] = {}

    async def _update_config(self, ct: FakeCt, user: str, values: Any, deletes: Any, reverts: Any) -> None:
        """Forget a deletion of what is only pending: the clean-up of pending changes does, and the value stays."""
        known = [key for key in deletes if key in ct.config]
        await super()._update_config(ct, user, values, known, reverts)

    async def _apply_config(self, vm: FakeVm, user: str, p: Any) -> None:
        """Have cloud-init's keys in the configuration at once, on a running VM's drive with its next start."""
        await super()._apply_config(vm, user, p)
        for key in [key for key, new in vm.pending.items() if new is not None and str(vm.config.get(key)) == str(new)]:
            del vm.pending[key]
        for key in [key for key in vm.pending if CLOUD_INIT.fullmatch(key)]:
            new, old, drive = vm.pending.pop(key), vm.config.pop(key, None), self._drive(vm)
            if new is not None:
                vm.config[key] = new
            if drive.setdefault(key, old) == new:
                del drive[key]

    def _drive(self, vm: FakeVm) -> dict[str, Any]:
        started, drive = self._drives.get(vm.vmid, (None, {}))
        if started != vm.started_at:
            drive = {}
        self._drives[vm.vmid] = (vm.started_at, drive)
        return drive

    def _routes_waiting(self) -> list[Any]:
        return [("GET", "/nodes/{node}/qemu/{vmid}/cloudinit", self._qm_cloudinit)]

    async def _qm_cloudinit(self, values: dict[str, Any], _user: str) -> Any:
        vm = self.find(values["node"], values["vmid"])
        drive, told = self._drive(vm), []
        for key in sorted({key for key in vm.config if CLOUD_INIT.fullmatch(key)} | drive.keys()):
            before, now = drive.get(key, vm.config.get(key)), vm.config.get(key)
            entry = {"key": key, "value": before, "pending": now if key in drive else None}
            if now is None:
                entry = {"key": key, "delete": 1}
            told.append({name: value for name, value in entry.items() if value is not None})
        return told
