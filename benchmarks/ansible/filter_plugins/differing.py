"""What of the guests' configuration is not as it should be."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any


def differing(guests: Sequence[Mapping[str, Any]], live: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Guests that are there, with the `keys` that lack one of their parts; those that lack none are left out."""
    configs = {int(each["vmid"]): each["config"] for each in live}
    found = []
    for guest in guests:
        config = configs.get(guest["vmid"])
        if config is None:
            continue
        keys = [key for key, parts in guest["parts"].items() if not _held(key, set(parts), config)]
        if keys:
            found.append({**guest, "keys": keys})
    return found


def _held(key: str, parts: set[str], config: Mapping[str, Any]) -> bool:
    # which of the numbered slots a mount or a device has means nothing
    slot = re.fullmatch(r"(mp|dev)\d+", key)
    near = [each for each in config if slot and re.fullmatch(slot[1] + r"\d+", each)] or [key]
    # a switch that is off need not be there
    return any(parts <= set(str(config.get(each, "0")).rstrip("\n").split(",")) for each in near)


def to_option(item: Mapping[str, Any]) -> list[str]:
    """An item of a dictionary as the option of a command."""
    return [f"--{item['key']}", str(item["value"])]


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, Any]:
        return {"differing": differing, "to_option": to_option}
