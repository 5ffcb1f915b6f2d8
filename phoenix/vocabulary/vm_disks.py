"""A virtual machine's disks: which one it boots from, and which are none of the configuration's.

https://pve.proxmox.com/pve-docs/qm.1.html#qm_boot_order
"""

import re
from collections.abc import Mapping

from phoenix.vocabulary.property_strings import slots, split

_BUSES = ("ide", "scsi", "virtio", "sata")
"""In the order in which Proxmox looks for a boot disk where nothing names one."""


def disks(config: Mapping[str, str]) -> dict[str, str]:
    """Key -> volume of every disk, CD drives and cloud-init's aside."""
    keys = (key for bus in _BUSES for key in slots(config, bus))
    volumes = {key: split(config[key]) for key in keys}
    return {key: volume for key, (volume, props) in volumes.items() if props.get("media") != "cdrom"}


def named(config: Mapping[str, str]) -> tuple[str, ...]:
    """The disks' keys in the boot order, whether they are there or not; before Proxmox 6.3 it was `bootdisk`."""
    _, props = split(config.get("boot", ""))
    order = props["order"].split(";") if "order" in props else [config.get("bootdisk", "")]
    buses = "|".join(_BUSES)
    return tuple(key for key in order if re.fullmatch(rf"({buses})\d+", key) and (_is_disk(key, config)))


def boot_disk(config: Mapping[str, str]) -> str | None:
    """The key of the disk that the machine boots from, None when it is not there."""
    first = next(iter(named(config) or disks(config)), None)
    return first if first in disks(config) else None


def _is_disk(key: str, config: Mapping[str, str]) -> bool:
    return key in disks(config) or key not in config
