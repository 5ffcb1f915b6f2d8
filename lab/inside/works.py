"""What each of the API's tasks does to the real guests: fakepve checks and records, this acts."""

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from fakepve import FakeCt, FakeVm, TaskError

from lab.inside.api import NodeApi
from lab.inside.options import numbered, properties, yes
from lab.inside.rootfs import RootFs

Body = Callable[[], Awaitable[Any]]
Guest = FakeCt | FakeVm
# The checked parameters of the request that is being answered.
VALUES: ContextVar[dict[str, Any]] = ContextVar("values")
SHUTDOWN_LIMIT = 60


class Works:
    """One method a task type; each gets fakepve's own body, which it must await once."""

    def __init__(self, pve: NodeApi) -> None:
        self.pve, self.runtime, self.disks = pve, pve.runtime, pve.disks
        kinds = {
            "create": self.create, "clone": self.clone, "destroy": self.destroy, "start": self.start,
            "stop": self.stop, "shutdown": self.shutdown, "reboot": self.reboot, "snapshot": self.snapshot,
            "rollback": self.rollback, "delsnapshot": self.delsnapshot,
        }  # fmt: skip
        self.of = {prefix + kind: work for prefix in ("vz", "qm") for kind, work in kinds.items()}

    def guest(self, vmid: int) -> Guest:
        """The guest with this id.

        :raises TaskError: it is gone.
        """
        guest = self.pve.guest(vmid)
        if guest is None:
            raise TaskError(f"guest {vmid} does not exist")
        return guest

    async def power(self, guest: Guest) -> None:
        """Start a guest for real; the API shows it stopped until it runs."""
        mark(guest, "stopped")
        await self.runtime.start(guest)
        mark(guest, "running")

    async def create(self, body: Body, vmid: int, values: dict[str, Any]) -> Any:
        note = await body()
        guest = self.guest(vmid)
        kind = "vm" if isinstance(guest, FakeVm) else "lxc"
        self.disks.create(vmid, kind, unprivileged=kind == "lxc" and yes(guest.config.get("unprivileged", 0)))
        keys = str(values.get("ssh-public-keys") or "")
        if kind == "lxc" and keys:
            RootFs(self.disks, vmid).write("root/.ssh/authorized_keys", keys.rstrip() + "\n", 0o600)
        if yes(values.get("start", 0)):
            await self.power(guest)
        return note

    async def clone(self, body: Body, vmid: int, values: dict[str, Any]) -> Any:
        note = await body()
        source, new = self.guest(vmid), self.guest(int(values["newid"]))
        snapshot = values.get("snapname")
        self.disks.clone(vmid, new.vmid, snapshot)
        config = source.snapshots[snapshot] if snapshot else source.config
        for key, value in numbered(config, "mp"):
            old, fresh = properties(value)["volume"], properties(str(new.config.get(key, "")))
            if not old.startswith("/") and "volume" in fresh:
                self.disks.copy_volume(old, new.vmid, fresh["volume"])
        return note

    async def destroy(self, body: Body, vmid: int, _: dict[str, Any]) -> Any:
        note = await body()
        await self.runtime.remove(vmid)
        Path(f"/etc/pve/firewall/{vmid}.fw").unlink(missing_ok=True)
        return note

    async def start(self, body: Body, vmid: int, _: dict[str, Any]) -> Any:
        note = await body()
        await self.power(self.guest(vmid))
        return note

    async def stop(self, body: Body, vmid: int, _: dict[str, Any]) -> Any:
        self._unlocked(vmid)
        await self.runtime.stop(vmid)
        return await body()

    async def shutdown(self, body: Body, vmid: int, values: dict[str, Any]) -> Any:
        self._unlocked(vmid)
        limit = int(values.get("timeout") or SHUTDOWN_LIMIT)
        await self.runtime.stop(vmid, timeout=limit, force=yes(values.get("forceStop", 0)))
        return await body()

    async def reboot(self, body: Body, vmid: int, values: dict[str, Any]) -> Any:
        await self.runtime.stop(vmid, timeout=int(values.get("timeout") or SHUTDOWN_LIMIT))
        note = await body()
        await self.power(self.guest(vmid))
        return note

    async def snapshot(self, body: Body, vmid: int, values: dict[str, Any]) -> Any:
        guest = self.guest(vmid)
        mounts = numbered(guest.config, "mp") if isinstance(guest, FakeCt) else ()
        if any(properties(value, "volume")["volume"].startswith("/") for _, value in mounts):
            raise TaskError("snapshot feature is not available")
        note = await body()
        self.disks.snapshot(vmid, values["snapname"], running=guest.status == "running")
        return note

    async def rollback(self, body: Body, vmid: int, values: dict[str, Any]) -> Any:
        await self.runtime.stop(vmid)
        note = await body()
        self.disks.rollback(vmid, values["snapname"])
        if yes(values.get("start", 0)):
            await self.power(self.guest(vmid))
        return note

    async def delsnapshot(self, body: Body, vmid: int, values: dict[str, Any]) -> Any:
        note = await body()
        self.disks.forget(vmid, values["snapname"])
        return note

    def _unlocked(self, vmid: int) -> None:
        guest = self.guest(vmid)
        if guest.lock:
            raise TaskError(f"{'VM' if isinstance(guest, FakeVm) else 'CT'} is locked ({guest.lock})")


def mark(guest: Guest, status: str) -> None:
    """Record a guest's power state."""
    guest.status = status
    if isinstance(guest, FakeVm):
        guest.qmpstatus = status
