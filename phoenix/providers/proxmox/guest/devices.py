"""A container's device files, `devN`: the desired ones are seen to by their path, all others are left alone. Pure.

https://pve.proxmox.com/pve-docs/pct.1.html#_device_passthrough
"""

from collections.abc import Collection, Mapping

from phoenix.providers.proxmox.guest.values import Keys
from phoenix.vocabulary.property_strings import slots, split


def paths(config: Mapping[str, str]) -> list[str]:
    """The node's path of each device, by number."""
    return [_path(config[key]) for key in slots(config, "dev")]


def live(config: Mapping[str, str], desired: tuple[str, ...]) -> tuple[str, ...]:
    """The desired devices that are there, one that is there twice in the same words once more."""
    present = paths(config)
    return (*(path for path in desired if path in present), *(_path(config[key]) for key in _twice(config, desired)))


def keys(desired: tuple[str, ...], config: Mapping[str, str]) -> Keys:
    """The keys that add what is missing; an owner, a mode and the like of a device that is there stay."""
    present = paths(config)
    free = (f"dev{number}" for number in range(256) if f"dev{number}" not in config)
    gone: Keys = dict.fromkeys(_twice(config, desired))
    return gone | {next(free): path for path in desired if path not in present}


def without(config: Mapping[str, str], gone: Collection[str]) -> Keys:
    """The keys that take these paths away."""
    return {key: None for key in slots(config, "dev") if _path(config[key]) in gone}


def _twice(config: Mapping[str, str], desired: Collection[str]) -> list[str]:
    # of two that say the same, one is enough
    texts = [config[key] for key in slots(config, "dev")]
    again = [key for number, key in enumerate(slots(config, "dev")) if config[key] in texts[:number]]
    return [key for key in again if _path(config[key]) in desired]


def _path(text: str) -> str:
    bare, props = split(text)
    return bare or props.get("path", "")
