"""Guests' disks as stacks of overlay layers: snapshots and clones copy nothing.

A disk is a list of frozen layers, lowest first, and one layer on top that takes changes. Cloning or snapshotting
a stopped guest freezes its top and gives it a new, empty one; only a running guest's top has to be copied.
"""

import os
import secrets
import shutil
import subprocess
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

LAYERS = Path("/var/lib/lab/layers")
VOLUMES = Path("/var/lib/lab/volumes")
SHIFT = 100000


@dataclass
class Disk:
    """One guest's root file system. ``owner`` is the node's uid of its root user: 0, or 100000 if unprivileged."""

    kind: str
    owner: int
    top: str
    layers: list[str] = field(default_factory=list)
    snapshots: dict[str, list[str]] = field(default_factory=dict)


class Disks:
    """All disks of the node, by VMID."""

    def __init__(self, saved: dict[str, Any] | None = None) -> None:
        self.of = {int(vmid): Disk(**fields) for vmid, fields in (saved or {}).items()}

    def saved(self) -> dict[str, Any]:
        """What JSON can keep of it."""
        return {str(vmid): asdict(disk) for vmid, disk in self.of.items()}

    def create(self, vmid: int, kind: str, *, unprivileged: bool) -> None:
        """A new disk with nothing but the base image of ``kind`` (``lxc`` or ``vm``) under it."""
        owner = SHIFT if unprivileged else 0
        self.of[vmid] = Disk(kind, owner, _new_layer(owner))

    def lower(self, vmid: int) -> list[Path]:
        """The read-only directories under a guest's top layer, uppermost first, as overlayfs takes them."""
        disk = self.of[vmid]
        base = f"{disk.kind}-unprivileged" if disk.owner else disk.kind
        own = [LAYERS / layer / "fs" for layer in reversed(disk.layers)]
        return [*own, *([Path("/srv/os/vm")] if disk.kind == "vm" else []), Path("/srv/base") / base]

    def upper(self, vmid: int) -> Path:
        """The directory that takes a guest's changes. Never write to it while the guest runs."""
        return LAYERS / self.of[vmid].top / "fs"

    def clone(self, source: int, target: int, snapshot: str | None) -> None:
        """Give ``target`` the disk of ``source``, which must be stopped, or of a snapshot of it."""
        disk = self.of[source]
        if snapshot is None:
            self._freeze(disk)
        layers = list(disk.snapshots[snapshot] if snapshot else disk.layers)
        self.of[target] = Disk(disk.kind, disk.owner, _new_layer(disk.owner), layers)
        _copy(_docker(source, snapshot), _docker(target))

    def snapshot(self, vmid: int, name: str, *, running: bool) -> None:
        """Keep the disk's present content under a name."""
        disk = self.of[vmid]
        if running:
            copy = secrets.token_hex(4)
            _copy(LAYERS / disk.top, LAYERS / copy)
            disk.snapshots[name] = [*disk.layers, copy]
        else:
            self._freeze(disk)
            disk.snapshots[name] = list(disk.layers)
        _copy(_docker(vmid), _docker(vmid, name))

    def rollback(self, vmid: int, name: str) -> None:
        """Put a stopped guest's disk back to a snapshot."""
        disk = self.of[vmid]
        disk.layers, disk.top = list(disk.snapshots[name]), _new_layer(disk.owner)
        shutil.rmtree(_docker(vmid), ignore_errors=True)
        _copy(_docker(vmid, name), _docker(vmid))
        self._sweep()

    def forget(self, vmid: int, name: str) -> None:
        """Delete a snapshot."""
        self.of[vmid].snapshots.pop(name, None)
        shutil.rmtree(_docker(vmid, name), ignore_errors=True)
        self._sweep()

    def remove(self, vmid: int) -> None:
        """Delete a guest's disk and its volumes."""
        self.of.pop(vmid, None)
        for folder in [*VOLUMES.glob(f"*/*-{vmid}-disk-*"), *Path("/var/lib/lab/docker").glob(f"{vmid}*")]:
            if folder.name.partition("@")[0] == str(vmid) or folder.parent.parent == VOLUMES:
                shutil.rmtree(folder, ignore_errors=True)
        self._sweep()

    def docker(self, vmid: int) -> Path:
        """The plain directory behind a VM's /var/lib/docker: overlays do not nest."""
        folder = _docker(vmid)
        folder.mkdir(mode=0o710, parents=True, exist_ok=True)
        return folder

    def volume(self, vmid: int, volume: str) -> Path:
        """The plain directory behind a storage volume such as ``quickOS-lxc-disks:subvol-801-disk-1``."""
        storage, _, name = volume.partition(":")
        folder = VOLUMES / storage / name.replace("/", "-")
        if not folder.exists():
            folder.mkdir(parents=True)
            owner = self.of[vmid].owner
            _chown(folder, owner)
        return folder

    def copy_volume(self, source: str, vmid: int, target: str) -> None:
        """Fill a clone's new volume from its source's."""
        storage, _, name = source.partition(":")
        folder = VOLUMES / storage / name.replace("/", "-")
        if folder.exists():
            destination = self.volume(vmid, target)
            destination.rmdir()
            _copy(folder, destination)

    def _freeze(self, disk: Disk) -> None:
        if any((LAYERS / disk.top / "fs").iterdir()):
            disk.layers.append(disk.top)
            disk.top = _new_layer(disk.owner)

    def _sweep(self) -> None:
        used = {disk.top for disk in self.of.values()}
        for disk in self.of.values():
            used.update(disk.layers, *disk.snapshots.values())
        for folder in LAYERS.iterdir():
            if folder.name not in used:
                shutil.rmtree(folder, ignore_errors=True)


def _new_layer(owner: int) -> str:
    name = secrets.token_hex(4)
    fs = LAYERS / name / "fs"
    fs.mkdir(parents=True)
    (LAYERS / name / "work").mkdir()
    _chown(fs, owner)
    return name


def _docker(vmid: int, snapshot: str | None = None) -> Path:
    return Path("/var/lib/lab/docker") / (f"{vmid}@{snapshot}" if snapshot else str(vmid))


def _copy(source: Path, target: Path) -> None:
    """Copy a tree with owners and overlay attributes; nothing when there is no source."""
    if source.exists():
        subprocess.run(["cp", "-a", "--reflink=auto", str(source), str(target)], check=True, timeout=600)


def _chown(folder: Path, owner: int) -> None:
    os.chown(folder, owner, owner)
