"""What each guest shall be, in the words of the guest providers; and the host directories that it mounts."""

from collections.abc import Mapping
from typing import Any

from phoenix.model import Cluster, IdKind, LxcGuest, Mount, VmGuest, Volume

SNAPSHOT = "final-form"
"""The snapshot that freezes a finished template container."""

_NVIDIA_DEVICES = ("/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools")


def target(cluster: Cluster, guest: LxcGuest | VmGuest) -> dict[str, Any]:
    """Where the guest's commands run, as a `phoenix.clients.target.Target`."""
    node = str(cluster.node.ip)
    if isinstance(guest, LxcGuest):
        return {"kind": "lxc", "node": node, "vmid": guest.vmid}
    return {"kind": "vm", "node": node, "vmid": guest.vmid, "address": guest.address, "user": guest.ssh_user}


def host(cluster: Cluster) -> dict[str, Any]:
    """The node as a target."""
    return {"kind": "host", "node": str(cluster.node.ip)}


def protected(guest: LxcGuest | VmGuest, default: bool) -> bool:
    """Whether the guest is protected: its own word, or the stack's."""
    return default if guest.protect is None else guest.protect


def container(cluster: Cluster, guest: LxcGuest, *, protect: bool, allow_reboot: bool) -> dict[str, Any]:
    """Properties of an `Lxc` resource."""
    features = {"nesting": guest.nesting, "keyctl": guest.keyctl, "fuse": guest.fuse, "mknod": guest.mknod}
    return {
        **_common(cluster, guest, protect, allow_reboot),
        "swap_mb": guest.swap_mb,
        "unprivileged": guest.unprivileged,
        "features": [f"{name}=1" for name, on in features.items() if on],
        "mounts": [*map(_bind, guest.mounts), *map(_volume, guest.volumes)],
        "id_maps": [each.model_dump(mode="json") for each in guest.id_maps],
        "options": list(guest.lxc_options),
        "devices": devices(guest),
    }


def machine(
    cluster: Cluster, guest: VmGuest, *, protect: bool, allow_reboot: bool, ssh_public_key: str
) -> dict[str, Any]:
    """Properties of a `Vm` resource; `ssh_public_key` is one OpenSSH line."""
    return {
        **_common(cluster, guest, protect, allow_reboot),
        "template": guest.template,
        "user": guest.ssh_user,
        "ssh_public_key": ssh_public_key,
    }


def devices(guest: LxcGuest) -> list[str]:
    """The node's device files of the guest's GPUs."""
    return [*(f"/dev/nvidia{number}" for number in guest.gpus), *_NVIDIA_DEVICES] if guest.gpus else []


def mounted_directories(cluster: Cluster, guest: LxcGuest) -> list[dict[str, Any]]:
    """Properties of the `Directory` resources behind the container's bind mounts, owners as the node sees them."""
    return [
        {
            "target": host(cluster),
            "path": mount.host_path,
            "owner": f"{guest.host_id(IdKind.UID, mount.owner_uid)}:{guest.host_id(IdKind.GID, mount.owner_gid)}",
            "mode": mount.mode,
        }
        for mount in guest.mounts
    ]


def _common(cluster: Cluster, guest: LxcGuest | VmGuest, protect: bool, allow_reboot: bool) -> dict[str, Any]:
    node, network, boot = cluster.node, guest.network, guest.boot
    properties = {
        "node": str(node.ip),
        "node_name": node.name,
        "api_port": node.api_port,
        "vmid": guest.vmid,
        "name": guest.name,
        "source": _source(guest),
        "storage": guest.storage,
        "disk_gb": guest.disk_gb,
        "cores": guest.cores,
        "memory_mb": guest.memory_mb,
        "network": {
            "bridge": network.bridge,
            "mac": network.mac,
            "address": str(network.address),
            "gateway": None if network.gateway is None else str(network.gateway),
            "firewall": guest.firewall.enabled,
        },
        "nameserver": str(network.nameserver or node.ip),
        "search_domain": node.domain,
        "onboot": guest.onboot,
        "boot_order": boot.order if boot else None,
        "boot_delay": boot.delay if boot else None,
        "tags": sorted(guest.tags),
        "protection": protected(guest, protect),
        "running": guest.running,
        "allow_reboot": allow_reboot,
    }
    return {key: _present(value) for key, value in properties.items() if value is not None}


def _source(guest: LxcGuest | VmGuest) -> dict[str, Any]:
    source = guest.source
    if source.clone is None:
        return {"kind": "template", "volume": source.template or source.image}
    # not from the snapshot: the template is stopped, and ZFS storages copy no container from one
    return {"kind": "clone", "vmid": source.clone}


def _bind(mount: Mount) -> dict[str, Any]:
    return {"container_path": mount.container_path, "host_path": mount.host_path}


def _volume(volume: Volume) -> dict[str, Any]:
    return {"container_path": volume.container_path, "storage": volume.storage, "size_gb": volume.size_gb}


def _present(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: each for key, each in value.items() if each is not None}
    return value
