"""VM disks: import from a cloud image, and growing."""

import re
from collections.abc import Callable
from typing import Any

from fakepve import PveError
from fakepve.lxc import format_size, parse_size
from fakepve.qemu import join_drive, split_drive, volume_ref

from lab.inside.api import NodeApi

IMPORTABLE = re.compile(r"^import/\S+\.(?:qcow2|raw|vmdk|ova)$")


def new_drive(pve: NodeApi, make: Callable[..., Any], vmid: int, key: str, value: str, default: Any) -> Any:
    """fakepve's drive, with ``import-from`` honoured: the disk has the image's size, and the option is gone.

    :raises PveError: the source is no image to import, or does not exist.
    """
    volume, options = split_drive(value)
    source = options.pop("import-from", None)
    if source is None:
        return make(vmid, key, value, default)
    storage, name = volume_ref(source)
    if storage is None or not IMPORTABLE.match(name):
        raise PveError(500, f"cannot import from '{source}' - content type needs to be 'images' or 'import'")
    image = pve._volumes(storage).get(name) if storage in pve.storages else None
    if image is None:
        raise PveError(500, f"cannot import from '{source}' - volume does not exist")
    drive, made = make(vmid, key, join_drive(volume, options), default)
    volid, props = split_drive(drive)
    size = int(image["size"])
    stored = pve._qm_volume(volid)
    assert stored is not None, volid
    stored["size"] = size
    return join_drive(volid, {**props, "size": format_size(size)}), made


async def resize(pve: NodeApi, values: dict[str, Any], user: str) -> Any:
    """PUT .../qemu/{vmid}/resize: grow a disk; a task, as in Proxmox 8 and later.

    :raises PveError: no such disk (500), a size that cannot be read or would shrink it (500), a locked VM (500).
    """
    vm = pve.find(values["node"], values["vmid"])
    disk, text = str(values["disk"]), str(values["size"])
    pve.require(user, f"/vms/{vm.vmid}", "VM.Config.Disk")
    pve._check_lock(vm)
    if disk not in vm.config:
        raise PveError(500, f"disk '{disk}' does not exist")
    volume, options = split_drive(vm.config[disk])
    stored = pve._qm_volume(volume) or {}
    size = int(stored.get("size") or parse_size(options.get("size", "0")) or 0)
    asked = parse_size(text.lstrip("+"))
    if asked is None:
        raise PveError(500, "invalid size string")
    new = size + asked if text.startswith("+") else asked
    if new < size:
        raise PveError(500, "shrinking disks is not supported")

    async def body() -> None:
        if stored:
            stored["size"] = new
        vm.config[disk] = join_drive(volume, {**options, "size": format_size(new)})

    return await pve.task(vm.node, "resize", vm.vmid, user, body, vm=vm)
