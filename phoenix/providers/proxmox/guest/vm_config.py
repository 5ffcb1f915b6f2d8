"""A virtual machine's configuration keys and the spec's fields, in both directions. Pure.

https://pve.proxmox.com/pve-docs/qm.1.html#_configuration
"""

from collections.abc import Mapping
from urllib.parse import quote, unquote

from phoenix.providers.proxmox.guest import values
from phoenix.providers.proxmox.guest.values import Keys, common, common_fields
from phoenix.specs.guest import Network, VmSpec, keyed
from phoenix.vocabulary import vm_disks
from phoenix.vocabulary.property_strings import flag, gib, is_set, join, split, storage_of

FIELDS = (
    *keyed(VmSpec),
    *("network", "user", "ssh_public_key", "agent", "boot_order", "boot_delay", "tags", "description"),
)
"""What is changed in place by configuration keys, protection aside."""

DISK = "scsi0"
"""The disk of a new VM."""


def hardware(desired: VmSpec, volume: str) -> dict[str, str]:
    """The keys of a new VM whose disk is imported from `volume`, beside those of FIELDS."""
    return {
        "ostype": "l26",
        "scsihw": "virtio-scsi-single",
        DISK: f"{desired.storage}:0,import-from={volume}",
        "ide2": f"{desired.storage}:cloudinit",
        "boot": f"order={DISK}",
        # cloud images write to the first serial port; without one some of them do not boot
        "serial0": "socket",
        "vga": "serial0",
    }


def encode(desired: VmSpec, field: str, live: Mapping[str, str]) -> Keys:
    """The keys that bring `field` from the `live` configuration to the desired one; unnamed properties stay."""
    match field:
        case "network":
            net = desired.network
            config = {**split(live.get("ipconfig0", ""))[1], "ip": net.address, "gw": net.gateway}
            return {"net0": _net(net, live.get("net0", "")), "ipconfig0": join("", config)}
        case "user":
            return {"ciuser": desired.user}
        case "ssh_public_key":
            key = desired.ssh_public_key
            return {"sshkeys": quote(key.strip(), safe="") if key else None}
        case "agent":
            _, props = split(live.get("agent", ""))
            props.pop("enabled", None)
            return {"agent": join(flag(desired.agent), props)}
        case _:
            return common(desired, field, "name", live)


def inherited(config: Mapping[str, str], desired: VmSpec) -> Keys:
    """The keys that rid a new VM of what its source gave it."""
    users = {"ciuser": desired.user, "sshkeys": desired.ssh_public_key}
    gone: Keys = {key: None for key, value in users.items() if not value and key in config}
    return {**values.inherited(config, desired), **gone}


def decode(config: Mapping[str, str], desired: VmSpec) -> VmSpec:
    """The live spec; what the configuration cannot show (source, state) is as desired.

    Raises OperationError for a VM without the disk that it is to boot from.
    """
    disk = config[disk_of(config, desired)]
    key = unquote(config.get("sshkeys", "")).strip()
    bare, agent = split(config.get("agent", "0"))
    return desired.model_copy(
        update={
            **common_fields(config, desired, "name"),
            "storage": storage_of(disk) or desired.storage,
            "disk_gb": gib(disk) or desired.disk_gb,
            "network": _network(config, desired.network),
            "user": None if desired.user is None else config.get("ciuser", ""),
            "ssh_public_key": _same_key(key, desired.ssh_public_key),
            "agent": is_set(bare or agent.get("enabled")),
            "template": is_set(config.get("template")),
        }
    )


def disk_of(config: Mapping[str, str], desired: VmSpec) -> str:
    """The key of the disk that the VM boots from; raises OperationError when it is not there."""
    if key := vm_disks.boot_disk(config):
        return key
    wanted = next(iter(vm_disks.named(config)), "a disk")
    there = ", ".join(vm_disks.disks(config)) or "no disk at all"
    raise desired.failure(
        "read its boot disk",
        f"it boots from {wanted}, which is not there: it has {there}",
        f"name the disk that it boots from: `qm set {desired.vmid} --boot order=...` on the node, then run again",
    )


def left_alone(config: Mapping[str, str]) -> tuple[str, ...]:
    """The disks beside the one that the VM boots from, in words."""
    boot = vm_disks.boot_disk(config)
    return tuple(f"{key} ({volume})" for key, volume in vm_disks.disks(config).items() if key != boot)


def _same_key(live: str, desired: str | None) -> str | None:
    return desired if not desired or live == desired.strip() else live


def _net(network: Network, live: str) -> str:
    _, props = split(live)
    model, mac = next(((key, value) for key, value in props.items() if ":" in value), ("virtio", ""))
    props.pop(model, None)
    mac = network.mac or mac
    head = f"{model}={mac}" if mac else model
    firewall = props.get("firewall") if network.firewall is None else flag(network.firewall)
    return join(head, {**props, "bridge": network.bridge, "firewall": firewall})


def _network(config: Mapping[str, str], desired: Network) -> Network:
    _, props = split(config.get("net0", ""))
    _, address = split(config.get("ipconfig0", ""))
    mac = next((value for value in props.values() if ":" in value), "")
    return desired.model_copy(
        update={
            "bridge": props.get("bridge", ""),
            "mac": desired.mac if desired.mac is None or mac.lower() == desired.mac.lower() else mac,
            "address": address.get("ip", ""),
            "gateway": address.get("gw"),
            "firewall": None if desired.firewall is None else is_set(props.get("firewall")),
        }
    )
