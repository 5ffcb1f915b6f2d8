"""The fields of Traefik's dynamic HTTP configuration, from its own source: see toolchain/traefik_fields/main.go."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Field:
    """One field: its name in files, its type in the words of the table, and how labels may speak of it."""

    name: str
    type: str
    empty: bool
    """Whether it may stand without fields of its own."""
    label: str
    """Its name in labels, `-` where they cannot set it."""

    @property
    def key(self) -> str:
        """What it is found by."""
        return (self.name if self.label == "-" else self.label).lower()


@cache
def _table() -> Mapping[str, Mapping[str, Field]]:
    types: dict[str, Any] = json.loads(files(__package__).joinpath("fields.json").read_text(encoding="utf-8"))["types"]
    return {name: {each.key: each for each in _fields(fields)} for name, fields in types.items()}


def _fields(fields: Mapping[str, Any]) -> Iterator[Field]:
    for name, each in fields.items():
        yield Field(name, each["type"], each.get("empty", False), each.get("label", name))


def fields_of(name: str) -> Mapping[str, Field] | None:
    """The fields of a type by their names in small letters, None for a type that has none."""
    return _table().get(name)
