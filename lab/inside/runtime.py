"""Guests as real containers: start, stop, execute, and what changes while they run."""

import asyncio
import re
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

from fakepve import FakeCt, FakeVm, TaskError

from lab.inside import lxcconf, rawlines, rootfs
from lab.inside.attach import bind_into, command
from lab.inside.disks import Disks
from lab.inside.options import numbered, properties
from lab.inside.shell import outcome, sh

LXC = Path("/var/lib/lab/lxc")
SOCKETS = re.compile(rf"@{LXC}/(\d+)/command$", re.MULTILINE)
Guest = FakeCt | FakeVm


def running() -> set[int]:
    """VMIDs whose container has an init process at this moment."""
    return {int(vmid) for vmid in SOCKETS.findall(Path("/proc/net/unix").read_text())}


class Runtime:
    """Starts and stops the containers behind the API's guests."""

    def __init__(self, disks: Disks) -> None:
        self.disks = disks

    async def start(self, guest: Guest) -> None:
        """Mount the guest's disk, write its configuration and start it.

        :raises TaskError: a bind mount's source is missing, or lxc-start fails.
        """
        vmid, root = guest.vmid, lxcconf.ROOTS / str(guest.vmid)
        text = self._configure(guest)
        (LXC / str(vmid)).mkdir(parents=True, exist_ok=True)
        (LXC / str(vmid) / "config").write_text(text)
        await self._unmount(vmid)
        root.mkdir(parents=True, exist_ok=True)
        lower = ":".join(str(path) for path in self.disks.lower(vmid))
        upper = self.disks.upper(vmid)
        options = f"lowerdir={lower},upperdir={upper},workdir={upper.parent / 'work'}"
        await sh("mount", "-t", "overlay", "overlay", "-o", options, str(root))
        log = f"/run/lab/{vmid}.log"
        Path(log).unlink(missing_ok=True)
        code, _, err = await outcome("lxc-start", "-n", str(vmid), "-l", "WARN", "-o", log)
        if code:
            await self._unmount(vmid)
            words = re.findall(r"ERROR .*? - (.*)", Path(log).read_text()) if Path(log).exists() else []
            raise TaskError(f"startup for container '{vmid}' failed: {'; '.join(words[:3]) or err.decode().strip()}")

    def _configure(self, guest: Guest) -> str:
        """Write the files that the guest finds at its start; returns its LXC configuration."""
        vmid, config = guest.vmid, guest.config
        root = rootfs.RootFs(self.disks, vmid)
        if isinstance(guest, FakeVm):
            rootfs.machine(root, config)
            return lxcconf.machine(vmid, config, self.disks.docker(vmid))
        volumes: dict[str, Path] = {}
        for key, value in numbered(config, "mp"):
            source = properties(value)["volume"]
            if not source.startswith("/"):
                volumes[key] = self.disks.volume(vmid, source)
            elif not Path(source).exists():
                raise TaskError(f"startup for container '{vmid}' failed: directory '{source}' does not exist")
        rootfs.container(root, config)
        return lxcconf.container(vmid, config, volumes, raw_lines(vmid))

    async def stop(self, vmid: int, *, timeout: float | None = None, force: bool = True) -> None:
        """Stop a guest: at once without ``timeout``, else cleanly within that many seconds, then killed if ``force``.

        :raises TaskError: it did not stop in time and ``force`` is off.
        """
        if vmid in running():
            how = ["-k"] if timeout is None else ["-t", str(int(timeout)), *([] if force else ["--nokill"])]
            with suppress(TaskError):
                await sh("lxc-stop", "-n", str(vmid), *how, limit=(timeout or 0) + 30)
            if vmid in running():
                if not force:
                    raise TaskError("container did not stop")
                await sh("lxc-stop", "-n", str(vmid), "-k")
        await self._unmount(vmid)

    async def remove(self, vmid: int) -> None:
        """Delete everything a stopped guest had."""
        await self.stop(vmid)
        shutil.rmtree(LXC / str(vmid), ignore_errors=True)
        self.disks.remove(vmid)

    async def apply(self, ct: FakeCt, before: dict[str, Any]) -> None:
        """Bring a running container to its changed configuration: memory, addresses, added mount points."""
        vmid, config = ct.vmid, ct.config
        if config.get("memory") != before.get("memory"):
            value = f"{config['memory']}M"
            await sh("lxc-cgroup", "-n", str(vmid), "memory.limit_in_bytes", value)
        for key, value in numbered(config, "net"):
            if value != before.get(key):
                await self._readdress(vmid, properties(value), properties(str(before.get(key, ""))))
        for key, value in numbered(config, "mp"):
            if key not in before:
                mount = properties(value)
                is_path = mount["volume"].startswith("/")
                source = Path(mount["volume"]) if is_path else self.disks.volume(vmid, mount["volume"])
                await asyncio.to_thread(bind_into, vmid, source, mount["mp"], read_only=mount.get("ro") == "1")

    async def _readdress(self, vmid: int, net: dict[str, str], before: dict[str, str]) -> None:
        name, old, new = net.get("name", "eth0"), before.get("ip", ""), net.get("ip", "")
        if old != new and "/" in old:
            await sh(*command(vmid), "ip", "addr", "del", old, "dev", name)
        if "/" in new:
            await sh(*command(vmid), "ip", "addr", "replace", new, "dev", name)
            if net.get("gw"):
                await sh(*command(vmid), "ip", "route", "replace", "default", "via", net["gw"], "dev", name)

    async def _unmount(self, vmid: int) -> None:
        root = str(lxcconf.ROOTS / str(vmid))
        for attempt in range(20):
            if f" {root} " not in Path("/proc/self/mounts").read_text():
                return
            code, _, _ = await outcome("umount", *(["-l"] if attempt == 19 else []), root)
            if code:
                await asyncio.sleep(0.05)


def raw_lines(vmid: int) -> list[str]:
    """The ``lxc.*`` lines that somebody added to a container's configuration file."""
    file = Path(f"/etc/pve/lxc/{vmid}.conf")
    return [f"{key} = {value}" for key, value in rawlines.known(file.read_text() if file.exists() else "")]
