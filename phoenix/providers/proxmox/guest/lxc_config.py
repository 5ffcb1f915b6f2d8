"""A container's configuration keys and the spec's fields, in both directions. Pure.

https://pve.proxmox.com/pve-docs/pct.1.html#_configuration
"""

import re
from collections.abc import Mapping

from phoenix.providers.proxmox.guest.values import (
    Keys,
    alike,
    common,
    common_fields,
    flag,
    gib,
    is_set,
    join,
    split,
    storage_of,
)
from phoenix.specs.guest import LxcSpec, Mount, Network, keyed

FIELDS = (
    *keyed(LxcSpec),
    *("network", "features", "mounts", "devices", "boot_order", "boot_delay", "tags", "description"),
)
"""What is changed in place by configuration keys, protection aside."""


def encode(desired: LxcSpec, field: str, live: Mapping[str, str]) -> Keys:
    """The keys that bring `field` from the `live` configuration to the desired one.

    What the spec does not name (an interface's VLAN tag, a volume's options) stays as it is.
    """
    match field:
        case "network":
            return {"net0": _net(desired.network, live.get("net0", ""))}
        case "features":
            return {"features": ",".join(desired.features) or None}
        case "mounts":
            return _mounts(desired.mounts, live)
        case "devices":
            return _devices(desired.devices, live)
        case _:
            return common(desired, field, "hostname")


def decode(config: Mapping[str, str], desired: LxcSpec) -> LxcSpec:
    """The live spec; what the configuration cannot show (source, state, raw lines) is as desired."""
    rootfs = config.get("rootfs", "")
    features = tuple(filter(None, config.get("features", "").split(",")))
    devices = tuple(config[key] for key in slots(config, "dev"))
    return desired.model_copy(
        update={
            **common_fields(config, desired, "hostname"),
            "storage": storage_of(rootfs) or desired.storage,
            "disk_gb": gib(rootfs),
            "unprivileged": is_set(config.get("unprivileged")),
            "network": _network(config.get("net0", ""), desired.network),
            "features": alike(features, desired.features),
            "mounts": _live_mounts(config, desired.mounts),
            "devices": alike(devices, desired.devices),
        }
    )


def needs_root(key: str, value: str | None, live: Mapping[str, str]) -> bool:
    """Whether Proxmox lets only root@pam set this key, which an API token never is."""
    if key.startswith("dev"):
        return True
    if re.fullmatch(r"mp\d+", key):
        return (value or live.get(key, "")).startswith("/")
    if key == "features":
        before, after = split(live.get(key, ""))[1], split(value or "")[1]
        beyond = {name for name in before | after if before.get(name) != after.get(name)} - {"nesting"}
        return bool(beyond) or not is_set(live.get("unprivileged"))
    return False


def slot_of(path: str, config: Mapping[str, str]) -> str:
    """The disk's key for a path in the container: `rootfs` for `/`; raises KeyError when nothing is mounted there."""
    if path == "/":
        return "rootfs"
    return {split(config[key])[1].get("mp", ""): key for key in slots(config, "mp")}[path]


def slots(config: Mapping[str, str], prefix: str) -> list[str]:
    """The keys `<prefix><number>` of a configuration, by number."""
    return sorted(
        (key for key in config if re.fullmatch(prefix + r"\d+", key)), key=lambda key: int(key[len(prefix) :])
    )


def _net(network: Network, live: str) -> str:
    props: dict[str, str | None] = {**split(live)[1]}
    props |= {"name": network.name, "bridge": network.bridge, "ip": network.address, "gw": network.gateway}
    props |= {"firewall": flag(network.firewall), "hwaddr": network.mac or props.get("hwaddr"), "type": "veth"}
    return join("", props)


def _network(text: str, desired: Network) -> Network:
    _, props = split(text)
    mac = props.get("hwaddr", "")
    return Network.model_construct(
        name=props.get("name", ""),
        bridge=props.get("bridge", ""),
        mac=desired.mac if desired.mac is None or mac.lower() == desired.mac.lower() else mac,
        address=props.get("ip", ""),
        gateway=props.get("gw"),
        firewall=is_set(props.get("firewall")),
    )


def _mounts(mounts: tuple[Mount, ...], live: Mapping[str, str]) -> Keys:
    taken = {split(live[key])[1].get("mp", ""): key for key in slots(live, "mp")}
    wanted = {mount.container_path: mount for mount in mounts}
    keys: Keys = {key: None for path, key in taken.items() if path not in wanted}
    free = (f"mp{number}" for number in range(256) if f"mp{number}" not in taken.values())
    for path, mount in wanted.items():
        key = taken.get(path) or next(free)
        bare, props = split(live.get(key, ""))
        if mount.host_path:
            volume, kept = mount.host_path, {}
        elif storage_of(bare) == mount.storage:
            volume, kept = bare, props
        else:
            volume, kept = f"{mount.storage}:{mount.size_gb}", {}
        value = join(volume, {**kept, "mp": path, "ro": "1" if mount.read_only else None})
        if value != live.get(key):
            keys[key] = value
    return keys


def _live_mounts(config: Mapping[str, str], desired: tuple[Mount, ...]) -> tuple[Mount, ...]:
    live: dict[str, Mount] = {}
    for key in slots(config, "mp"):
        bare, props = split(config[key])
        bind = bare.startswith("/")
        live[props.get("mp", "")] = Mount.model_construct(
            container_path=props.get("mp", ""),
            host_path=bare if bind else None,
            storage=None if bind else storage_of(bare),
            size_gb=None if bind else gib(config[key]),
            read_only=is_set(props.get("ro")),
        )
    order = [mount.container_path for mount in desired]
    ordered = [path for path in order if path in live] + [path for path in live if path not in order]
    return tuple(live[path] for path in ordered)


def _devices(devices: tuple[str, ...], live: Mapping[str, str]) -> Keys:
    kept: set[str] = set()
    keys: Keys = {}
    for key in slots(live, "dev"):
        # of two that say the same, one is enough
        if live[key] in devices and live[key] not in kept:
            kept.add(live[key])
        else:
            keys[key] = None
    free = (f"dev{number}" for number in range(256) if f"dev{number}" not in live)
    return keys | {next(free): device for device in devices if device not in kept}
