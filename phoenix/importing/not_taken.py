"""Sections of the old files that describe what the product does not do, each with the reason that people read."""

from phoenix.importing.found import Found
from phoenix.importing.ledger import Ledger

_SCRIPTS = "the old scripts' own: their files, versions and switches"
_NODE = "the node's own set-up, which stays as it is: the product makes no"
_SECTIONS = {
    "$schema": _SCRIPTS,
    "version": _SCRIPTS,
    "author": _SCRIPTS,
    "core_paths": _SCRIPTS,
    "behavior": _SCRIPTS,
    "tests": "each feature brings its own check",
    "users": f"{_NODE} accounts on the node",
    "timezone": f"{_NODE} time zone",
    "nfs": f"{_NODE} NFS exports (the shares that guests mount are in their files)",
    "samba": f"{_NODE} Samba shares",
    "zfs": f"{_NODE} pools and datasets",
    "proxmox_storage_ids": f"{_NODE} storages (those that guests use are named in cluster.yaml)",
    "mount_point_base": "the old files spell directories in two ways; here each has one, below /POOL",
    "proxmox_defaults": "every container says it itself, or has the product's default",
    "nvidia_driver": f"{_NODE} driver of the node's kernel; the user space's version is in config/artifacts.yaml",
    "nvidia_driver_version": "the version of the user space is in config/artifacts.yaml",
    "nvidia_repo_url": "where downloads come from is in config/artifacts.yaml",
    "nvidia_runfile_url": "where downloads come from is in config/artifacts.yaml",
    "docker": "images of Portainer and its agents are in the compose file of portainer_service",
    "shared_volumes": "mounts by the VMIDs of an earlier numbering; the guests' mount_points are what counts",
    "vm_defaults": "every machine has its own value, or comes from an image",
    "dns_server": "the old system never read it",
    "step_ca": "the old system never read it",
    "portainer_api": "the old system never read it",
}
_NETWORK = {
    "external_registry_url": "images are named in compose files; a mirror is the setting registryMirror",
    "dns_nameservers": "the node asks its own name server, and that one the upstreams",
    "nfs_server": "each share names its server",
    "fallback_dns": "the node's resolver has the upstreams behind its own name server",
}


def leave_out(ledger: Ledger, found: Found) -> None:
    """What nobody has read of these sections."""
    for file in found.files:
        if not isinstance(file.data, dict):
            continue
        for key, why in _SECTIONS.items():
            ledger.leave_out(file.top.get(key), why)
        network = file.top.get("network")
        for leaf in network.leaves() if network is not None else ():
            why = next((why for key, why in _NETWORK.items() if key in leaf.loc), "")
            if why and not ledger.is_known(leaf):
                ledger.leave_out(leaf, why)
