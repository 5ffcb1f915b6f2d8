"""Proxmox's property strings, read the way the lab needs them."""

import re
from typing import Any


def properties(text: str, bare: str = "volume") -> dict[str, str]:
    """``a,b=c`` as a dictionary; a first value without a key gets the name ``bare``."""
    found: dict[str, str] = {}
    for number, part in enumerate(str(text).split(",")):
        key, equals, value = part.partition("=")
        if equals:
            found[key] = value
        elif number == 0 and part:
            found[bare] = part
    return found


def numbered(config: dict[str, Any], prefix: str) -> list[tuple[str, str]]:
    """The entries ``prefix0``, ``prefix1``, ... of a configuration, in order."""
    keys = [key for key in config if re.fullmatch(rf"{prefix}\d+", key)]
    return [(key, str(config[key])) for key in sorted(keys, key=lambda key: int(key[len(prefix) :]))]


def yes(value: object) -> bool:
    """True for the ways Proxmox writes a true boolean."""
    return str(value).lower() in ("1", "true", "yes", "on")
