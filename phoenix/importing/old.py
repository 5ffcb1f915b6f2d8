"""A value of an old file, which knows where it stands; whoever reads it says of which type it must be."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from phoenix.importing.error import ImportingError
from phoenix.importing.secrets import is_secret, words
from phoenix.model import Problem
from phoenix.model.document import Loc, field_name
from phoenix.redaction import register

_LONGEST = 120


@dataclass(frozen=True, eq=False)
class OldFile:
    """A file of the old system: its path below the directory, its data, the line of each value."""

    path: str
    data: Any
    lines: Mapping[Loc, int]

    @property
    def top(self) -> "Old":
        """All of it."""
        return Old(self, (), self.data)

    def register_secrets(self) -> None:
        """From now on no error and no report shows them."""
        for leaf in self.top.leaves():
            if leaf.is_secret:
                register(*words(leaf.data))

    def line(self, loc: Loc) -> int:
        """Of the value, or of the nearest one around it."""
        while loc and loc not in self.lines:
            loc = loc[:-1]
        return self.lines.get(loc, 1)


@dataclass(frozen=True, eq=False)
class Old:
    """One value, and where it stands."""

    file: OldFile
    loc: Loc
    data: Any

    @property
    def field(self) -> str:
        """`lxc_configs.101.firewall.rules[2].port`."""
        return field_name(self.loc)

    @property
    def key(self) -> str:
        """Its own key, or that of the list it stands in."""
        return next((step for step in reversed(self.loc) if isinstance(step, str)), "")

    @property
    def place(self) -> str:
        """`etc/file.json:12: lxc_configs.101.name`."""
        return f"{self.file.path}:{self.file.line(self.loc)}: {self.field or 'file'}"

    @property
    def is_secret(self) -> bool:
        """Whether nobody may read it: by its key, by what it looks like, or by the name beside a `value`."""
        name: Any = self.key
        if self.loc and self.loc[-1] == "value":
            around = self.file.data
            for step in self.loc[:-1]:
                around = around[step]
            name = around.get("name", "") if isinstance(around, dict) else ""
        return is_secret(str(name), self.data)

    @property
    def shown(self) -> str:
        """Its value for people, shortened; never one that is secret."""
        if self.is_secret:
            return "[secret]"
        text = json.dumps(self.data, ensure_ascii=False, default=str) if not isinstance(self.data, str) else self.data
        return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."

    def refuse(self, allowed: str) -> ImportingError:
        """The error that this value is not what is allowed."""
        line = self.file.line(self.loc)
        kinds = ((dict, "an object"), (list, "a list"), (type(None), ""))
        shown = next((words for kind, words in kinds if isinstance(self.data, kind)), self.shown)
        return ImportingError([Problem(self.file.path, line, self.field, shown, allowed)])

    def get(self, key: str) -> "Old | None":
        """What stands at the key; None where nothing does, or null."""
        data = self.mapping_data().get(key)
        return None if data is None else Old(self.file, (*self.loc, key), data)

    def need(self, key: str) -> "Old":
        """What stands at the key, which must be there."""
        found = self.get(key)
        if found is None:
            raise Old(self.file, (*self.loc, key), None).refuse(f"a value for {key}")
        return found

    def mapping_data(self) -> dict[str, Any]:
        """Its plain data; it must be an object."""
        if not isinstance(self.data, dict):
            raise self.refuse("an object")
        return self.data

    def items(self) -> Iterator[tuple[str, "Old"]]:
        """Keys and values; it must be an object."""
        for key, data in self.mapping_data().items():
            yield key, Old(self.file, (*self.loc, key), data)

    def entries(self) -> Iterator["Old"]:
        """Its entries; it must be a list."""
        if not isinstance(self.data, list):
            raise self.refuse("a list")
        for index, data in enumerate(self.data):
            yield Old(self.file, (*self.loc, index), data)

    def text(self) -> str:
        """Text that is not empty."""
        if not isinstance(self.data, str) or not self.data.strip():
            raise self.refuse("a text")
        return self.data

    def number(self) -> int:
        """A whole number; the old system wrote some of them as text."""
        if isinstance(self.data, str) and self.data.isascii() and self.data.isdecimal() and len(self.data) < 12:
            return int(self.data)
        if not isinstance(self.data, int) or isinstance(self.data, bool):
            raise self.refuse("a whole number")
        return self.data

    def switch(self) -> bool:
        """True or false."""
        if not isinstance(self.data, bool):
            raise self.refuse("true or false")
        return self.data

    def leaves(self) -> Iterator["Old"]:
        """Every value in it that holds no other."""
        if isinstance(self.data, dict) and self.data:
            for _, each in self.items():
                yield from each.leaves()
        elif isinstance(self.data, list) and self.data:
            for each in self.entries():
                yield from each.leaves()
        else:
            yield self
