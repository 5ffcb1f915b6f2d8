"""The keys and values that containers and VMs share. Pure."""

import re
from collections.abc import Mapping
from types import NoneType
from typing import Annotated, Any, get_args, get_origin

from phoenix.specs.guest import GuestSpec, keyed
from phoenix.vocabulary.property_strings import flag, is_set, join, split

Keys = dict[str, str | None]
"""Proxmox configuration keys with their values; None deletes the key."""


def startup(spec: GuestSpec, live: str) -> str:
    """`order=1,up=5,down=60`: what the spec does not say is as in the `live` one."""
    given = {"order": spec.boot_order, "up": spec.boot_delay}
    return join("", {**_startup(live), **{key: str(value) for key, value in given.items() if value is not None}})


def common(spec: GuestSpec, field: str, name_key: str, live: Mapping[str, str]) -> Keys:
    """The keys of a field that containers and VMs write alike; raises KeyError for any other field."""
    if field == "nameserver":
        return {"nameserver": " ".join(_servers(str(spec.nameserver), live))}
    if key := keyed(type(spec)).get(field):
        return {key: _written(getattr(spec, field))}
    fields: dict[str, Keys] = {
        "name": {name_key: spec.name},
        "boot_order": {"startup": startup(spec, live.get("startup", ""))},
        "boot_delay": {"startup": startup(spec, live.get("startup", ""))},
        "tags": {"tags": ";".join(dict.fromkeys((*tags(live), *spec.tags))) or None},
        "description": {"description": spec.description or None},
        "protection": {"protection": flag(spec.protection)},
    }
    return fields[field]


def common_fields(config: Mapping[str, str], desired: GuestSpec, name_key: str) -> dict[str, object]:
    """The live values of those fields; in the desired spelling where they mean the same, None where not managed."""
    boot = _startup(config.get("startup", ""))
    description = config.get("description", "").rstrip("\n")
    servers = _split_servers(config.get("nameserver", ""))
    live: dict[str, object] = {
        **{field: _read(type(desired), field, config.get(key)) for field, key in keyed(type(desired)).items()},
        "boot_order": _number(boot.get("order")),
        "boot_delay": _number(boot.get("up")),
        "description": desired.description if description == (desired.description or "").rstrip("\n") else description,
        "nameserver": servers[0] if servers else None,
    }
    return {
        **{field: value if getattr(desired, field) is not None else None for field, value in live.items()},
        "name": config.get(name_key, ""),
        "tags": tuple(tag for tag in desired.tags if tag in tags(config)),
        "protection": is_set(config.get("protection")),
    }


def tags(config: Mapping[str, str]) -> tuple[str, ...]:
    """All tags that a guest has."""
    return tuple(filter(None, re.split(r"[;, ]+", config.get("tags", ""))))


def released(config: Mapping[str, str], recorded: GuestSpec, desired: GuestSpec) -> Keys:
    """The keys that take away the tags which the last run recorded, and the configuration no longer has."""
    gone = set(recorded.tags) - set(desired.tags)
    return (
        {"tags": ";".join(tag for tag in tags(config) if tag not in gone) or None} if gone & set(tags(config)) else {}
    )


def inherited(config: Mapping[str, str], desired: GuestSpec) -> Keys:
    """The keys that rid a new guest of what its source gave it: what nobody asked for it to have."""
    fields = {**keyed(type(desired)), "description": "description"}
    keys: Keys = {key: None for field, key in fields.items() if getattr(desired, field) is None}
    if desired.boot_order is None and desired.boot_delay is None:
        keys["startup"] = None
    if set(tags(config)) - set(desired.tags):
        keys["tags"] = ";".join(desired.tags) or None
    if desired.network.firewall is None and "firewall=" in config.get("net0", ""):
        bare, props = split(config["net0"])
        keys["net0"] = join(bare, {**props, "firewall": None})
    return {key: value for key, value in keys.items() if key in config}


def _written(value: object) -> str | None:
    return flag(value) if isinstance(value, bool) else None if value is None else str(value)


def _read(spec: type[GuestSpec], field: str, text: str | None) -> object:
    """A key's value in the field's type; without the key None, or what stands for nothing in that type."""
    kinds = _kinds(spec.model_fields[field].annotation)
    if text is None and NoneType in kinds:
        return None
    if bool in kinds:
        return is_set(text)
    if str in kinds:
        return text or ""
    # Proxmox may add properties behind a number, and writes a VM's memory as `current=512` as well
    bare, props = split(text or "")
    bare = bare or props.get("current", "0")
    return float(bare) if float in kinds else int(bare)


def _kinds(annotation: Any) -> tuple[Any, ...]:
    """The types of `bool | None`, whatever they are annotated with."""
    if get_origin(annotation) is Annotated:
        return _kinds(get_args(annotation)[0])
    alternatives = get_args(annotation)
    return tuple(kind for each in alternatives for kind in _kinds(each)) or (annotation,)


def _startup(text: str) -> dict[str, str]:
    bare, props = split(text)
    return {"order": bare, **props} if bare else props


def _split_servers(text: str) -> list[str]:
    return list(filter(None, re.split(r"[;, ]+", text)))


def _servers(first: str, live: Mapping[str, str]) -> list[str]:
    # the live first one makes room for ours, unless ours is there further behind
    servers = _split_servers(live.get("nameserver", ""))
    others = servers if first in servers else servers[1:]
    return [first, *(server for server in others if server != first)]


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)
