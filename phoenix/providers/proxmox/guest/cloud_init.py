"""Keys that reach a VM by its cloud-init drive, which Proxmox writes when the VM starts. Pure.

A change of one is in the configuration at once and never pending; `GET qemu/N/cloudinit` tells what the drive has.
https://pve.proxmox.com/pve-docs/api-viewer/#/nodes/{node}/qemu/{vmid}/cloudinit
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from phoenix.vocabulary.property_strings import split

_KEY = re.compile(r"ciuser|sshkeys|nameserver|searchdomain|ipconfig\d+")
_DRIVE = re.compile(r"[:/](vm-\d+-)?cloudinit(\.\w+)?")
_REMOVED = "removed"
"""The value of a key that only the drive still has: Proxmox does not tell what it is there."""


def has_drive(config: Mapping[str, str]) -> bool:
    """Whether the VM has such a drive; without one nothing is ever written."""
    return any(_DRIVE.search(split(value)[0]) for key, value in config.items() if re.match(r"(ide|sata|scsi)\d", key))


def in_effect(config: Mapping[str, str], entries: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The configuration of a running VM, with the keys of cloud-init as its drive has them."""
    found = dict(config)
    for entry in entries:
        key = str(entry["key"])
        if not _KEY.fullmatch(key):
            continue
        if entry.get("delete"):
            found[key] = str(entry.get("value", _REMOVED))
        elif "pending" in entry and "value" in entry:
            found[key] = str(entry["value"])
        elif "pending" in entry:
            found.pop(key, None)
    return found
