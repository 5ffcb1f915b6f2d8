"""A container's configuration keys and the spec's fields, in both directions. Pure.

https://pve.proxmox.com/pve-docs/pct.1.html#_configuration
"""

import re
from collections.abc import Mapping

from phoenix.providers.proxmox.guest import devices, values
from phoenix.providers.proxmox.guest.values import Keys, common, common_fields
from phoenix.specs.guest import LxcSpec, Mount, Network, keyed
from phoenix.vocabulary.property_strings import flag, gib, is_set, join, slots, split, storage_of

FIELDS = (
    *keyed(LxcSpec),
    *("network", "features", "mounts", "devices", "boot_order", "boot_delay", "tags", "description"),
)
"""What is changed in place by configuration keys, protection aside."""

NEW_SWAP_MB = 512
NEW_FEATURES = {"nesting": "1"}
"""What a new container gets where nothing else is said; systemd does not run without nesting."""


def encode(desired: LxcSpec, field: str, live: Mapping[str, str]) -> Keys:
    """The keys that bring `field` from the `live` configuration to the desired one.

    What the spec does not name (an interface's VLAN tag, a volume's options) stays as it is.
    """
    match field:
        case "network":
            return {"net0": _net(desired.network, live.get("net0", ""))}
        case "features":
            return {"features": _features(desired, split(live.get("features", ""))[1])}
        case "mounts":
            return _mounts(desired.mounts, live)
        case "devices":
            return devices.keys(desired.devices, live)
        case _:
            return common(desired, field, "hostname", live)


def decode(config: Mapping[str, str], desired: LxcSpec) -> LxcSpec:
    """The live spec; what the configuration cannot show (source, state, raw lines) is as desired.

    Of mounts, devices and features it has those that are desired: the others are left alone.
    """
    rootfs = config.get("rootfs", "")
    return desired.model_copy(
        update={
            **common_fields(config, desired, "hostname"),
            "storage": storage_of(rootfs) or desired.storage,
            "disk_gb": gib(rootfs) or desired.disk_gb,
            "unprivileged": is_set(config.get("unprivileged")),
            "network": _network(config.get("net0", ""), desired.network),
            "features": _live_features(config, desired.features),
            "mounts": _live_mounts(config, desired.mounts),
            "devices": devices.live(config, desired.devices),
        }
    )


def released(config: Mapping[str, str], recorded: LxcSpec, desired: LxcSpec) -> Keys:
    """The keys that take away tags and devices which the last run recorded, and the configuration no longer has."""
    gone = set(recorded.devices) - set(desired.devices)
    return {**values.released(config, recorded, desired), **devices.without(config, gone)}


def inherited(config: Mapping[str, str], desired: LxcSpec) -> Keys:
    """The keys that rid a new container of what its source gave it, and give it what a new one has."""
    own = {mount.container_path for mount in desired.mounts}
    mounts: Keys = {key: None for path, key in _taken(config).items() if path not in own}
    others = set(devices.paths(config)) - set(desired.devices)
    keys = {**values.inherited(config, desired), **mounts, **devices.without(config, others)}
    if desired.swap_mb is None:
        keys["swap"] = str(NEW_SWAP_MB)
    keys["features"] = _features(desired, NEW_FEATURES)
    return {key: value for key, value in keys.items() if value != config.get(key)}


def left_alone(config: Mapping[str, str], desired: LxcSpec) -> tuple[str, ...]:
    """What is mounted beside the desired mounts, in words: somebody put it there, and uses it."""
    own = {mount.container_path for mount in desired.mounts}
    return tuple(
        f"{key} ({split(config[key])[0]} at {path})" for path, key in _taken(config).items() if path not in own
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
    return _taken(config)[path]


def _taken(config: Mapping[str, str]) -> dict[str, str]:
    return {split(config[key])[1].get("mp", ""): key for key in slots(config, "mp")}


def _features(desired: LxcSpec, live: Mapping[str, str]) -> str | None:
    named = dict(each.partition("=")[::2] for each in desired.features)
    return join("", {name: value for name, value in {**live, **named}.items() if value != "0"}) or None


def _live_features(config: Mapping[str, str], desired: tuple[str, ...]) -> tuple[str, ...]:
    _, props = split(config.get("features", ""))
    return tuple(f"{name}={props.get(name, '0')}" for name in (each.partition("=")[0] for each in desired))


def _net(network: Network, live: str) -> str:
    props: dict[str, str | None] = {**split(live)[1]}
    props |= {"name": network.name, "bridge": network.bridge, "ip": network.address, "gw": network.gateway}
    props |= {"hwaddr": network.mac or props.get("hwaddr"), "type": "veth"}
    if network.firewall is not None:
        props["firewall"] = flag(network.firewall)
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
        firewall=None if desired.firewall is None else is_set(props.get("firewall")),
    )


def _mounts(mounts: tuple[Mount, ...], live: Mapping[str, str]) -> Keys:
    taken, keys = _taken(live), Keys()
    free = (f"mp{number}" for number in range(256) if f"mp{number}" not in live)
    for mount in mounts:
        key = taken.get(mount.container_path) or next(free)
        bare, props = split(live.get(key, ""))
        given: dict[str, str | None] = {**props, "mp": mount.container_path}
        if mount.read_only is not None:
            given["ro"] = "1" if mount.read_only else None
        if mount.host_path:
            volume = mount.host_path
        elif storage_of(bare) == mount.storage:
            volume = bare
        else:
            volume, given["size"] = f"{mount.storage}:{mount.size_gb}", None
        value = join(volume, given)
        if value != live.get(key):
            keys[key] = value
    return keys


def _live_mounts(config: Mapping[str, str], desired: tuple[Mount, ...]) -> tuple[Mount, ...]:
    taken = _taken(config)
    return tuple(
        _live_mount(config[taken[mount.container_path]], mount) for mount in desired if mount.container_path in taken
    )


def _live_mount(text: str, desired: Mount) -> Mount:
    bare, props = split(text)
    bind = bare.startswith("/")
    return Mount.model_construct(
        container_path=desired.container_path,
        host_path=bare if bind else None,
        storage=None if bind else storage_of(bare),
        size_gb=None if bind else gib(text),
        read_only=None if desired.read_only is None else is_set(props.get("ro")),
    )
