"""Proxmox' property strings, `bridge=vmbr0,firewall=1`, and the values in them.

https://pve.proxmox.com/pve-docs/pct.1.html#pct_options
"""

import re
from collections.abc import Mapping

_UNITS = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}


def split(text: str) -> tuple[str, dict[str, str]]:
    """(`first bare value`, `{key: value}`) of a property string; the bare value is empty where there is none."""
    bare, props = "", {}
    for part in filter(None, text.split(",")):
        key, equals, value = part.partition("=")
        if equals:
            props[key] = value
        else:
            bare = part
    return bare, props


def join(bare: str, props: Mapping[str, str | None]) -> str:
    """The reverse of `split`; None leaves a property out."""
    given = [f"{key}={value}" for key, value in props.items() if value is not None]
    return ",".join([bare, *given] if bare else given)


def gib(volume: str) -> int:
    """Whole GiB of a volume's `size=` property, 0 where there is none."""
    found = re.fullmatch(r"([0-9.]+)([KMGT]?)", split(volume)[1].get("size", ""))
    return int(float(found[1]) * _UNITS[found[2]] / _UNITS["G"]) if found else 0


def storage_of(volume: str) -> str:
    """`local-lvm` of `local-lvm:vm-101-disk-0,size=8G`; empty for a path."""
    bare = split(volume)[0]
    return "" if bare.startswith("/") else bare.partition(":")[0]


def slots(config: Mapping[str, str], prefix: str) -> list[str]:
    """The keys `<prefix><number>` of a configuration, by number."""
    return sorted(
        (key for key in config if re.fullmatch(prefix + r"\d+", key)), key=lambda key: int(key[len(prefix) :])
    )


def flag(value: bool) -> str:
    """A boolean as Proxmox writes it."""
    return "1" if value else "0"


def is_set(value: str | None) -> bool:
    """Whether a boolean of Proxmox's is true."""
    return str(value).lower() in ("1", "yes", "on", "true")
