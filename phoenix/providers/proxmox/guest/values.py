"""Proxmox's property strings (`bridge=vmbr0,firewall=1`) and the values that containers and VMs share. Pure."""

import re
from collections.abc import Mapping
from types import NoneType
from typing import get_args

from phoenix.specs.guest import GuestSpec, keyed

Keys = dict[str, str | None]
"""Proxmox configuration keys with their values; None deletes the key."""

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


def flag(value: bool) -> str:
    """A boolean as Proxmox writes it."""
    return "1" if value else "0"


def is_set(value: str | None) -> bool:
    """Whether a boolean of Proxmox's is true."""
    return str(value).lower() in ("1", "yes", "on", "true")


def startup(spec: GuestSpec) -> str | None:
    """`order=1,up=5`, None where neither is wanted."""
    order, delay = spec.boot_order, spec.boot_delay
    return join("", {"order": _text(order), "up": _text(delay)}) or None


def common(spec: GuestSpec, field: str, name_key: str) -> Keys:
    """The keys of a field that containers and VMs write alike; raises KeyError for any other field."""
    if key := keyed(type(spec)).get(field):
        return {key: _written(getattr(spec, field))}
    fields: dict[str, Keys] = {
        "name": {name_key: spec.name},
        "boot_order": {"startup": startup(spec)},
        "boot_delay": {"startup": startup(spec)},
        "tags": {"tags": ";".join(spec.tags) or None},
        "description": {"description": spec.description or None},
        "protection": {"protection": flag(spec.protection)},
    }
    return fields[field]


def common_fields(config: Mapping[str, str], desired: GuestSpec, name_key: str) -> dict[str, object]:
    """The live values of those fields; in the desired spelling where they mean the same."""
    _, boot = split(config.get("startup", ""))
    tags = tuple(filter(None, re.split(r"[;, ]+", config.get("tags", ""))))
    description = config.get("description", "").rstrip("\n")
    return {
        "name": config.get(name_key, ""),
        "boot_order": _number(boot.get("order")),
        "boot_delay": _number(boot.get("up")),
        "tags": alike(tags, desired.tags),
        "description": desired.description if description == desired.description.rstrip("\n") else description,
        "protection": is_set(config.get("protection")),
        **{field: _read(type(desired), field, config.get(key)) for field, key in keyed(type(desired)).items()},
    }


def _written(value: object) -> str | None:
    return flag(value) if isinstance(value, bool) else None if value is None else str(value)


def _read(spec: type[GuestSpec], field: str, text: str | None) -> object:
    """A key's value in the field's type; without the key None, or what stands for nothing in that type."""
    kinds = get_args(spec.model_fields[field].annotation) or (spec.model_fields[field].annotation,)
    if text is None and NoneType in kinds:
        return None
    if bool in kinds:
        return is_set(text)
    if str in kinds:
        return text or ""
    # Proxmox may add properties behind a number
    bare = split(text or "")[0] or "0"
    return float(bare) if float in kinds else int(bare)


def alike(live: tuple[str, ...], desired: tuple[str, ...]) -> tuple[str, ...]:
    """`desired` where both hold the same values in any order, else `live`."""
    return desired if sorted(live) == sorted(desired) else live


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)
