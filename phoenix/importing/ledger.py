"""What became of each value of the old files. A value without an entry here was not understood."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from phoenix.importing.error import ImportingError
from phoenix.importing.old import Old, OldFile
from phoenix.model import Problem
from phoenix.model.document import Loc, field_name


class Fate(StrEnum):
    """What became of a value."""

    KEPT = "kept"
    SPELLED = "spelled otherwise"
    CHANGED = "changed"
    LEFT_OUT = "left out"
    SECRET = "secret"
    ADDED = "added"


@dataclass(frozen=True)
class Place:
    """A value of a written file."""

    file: str
    loc: Loc

    @property
    def field(self) -> str:
        """`firewall.rules[2].ports`."""
        return field_name(self.loc)


@dataclass(frozen=True)
class Entry:
    """One line of the report. `old` is None for what was added; `value` is the new one, None where there is none."""

    fate: Fate
    old: Old | None
    new: Place | None
    value: Any
    why: str
    whole: Old | None = None
    """What it is a part of, that has this fate as a whole."""


class Ledger:
    """Every entry, in the order in which the values were read."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.missing: list[str] = []
        """What was looked for and is not there, in words."""
        self.unread: list[tuple[str, str]] = []
        """Files that hold nothing for a configuration, each with the reason."""
        self.settings: dict[tuple[str, str], str] = {}
        """What each setting holds that was secret, by its key and its environment, which is empty for every one."""
        self._known: set[tuple[str, Loc]] = set()

    def note(self, fate: Fate, old: Old, new: Place | None = None, value: Any = None, why: str = "") -> None:
        """What became of every leaf of `old` that has no entry yet; of a leaf itself in any case."""
        for leaf in old.leaves():
            if leaf.loc == old.loc or (leaf.file.path, leaf.loc) not in self._known:
                self._known.add((leaf.file.path, leaf.loc))
                self.entries.append(Entry(fate, leaf, new, value, why, old))

    def leave_out(self, old: Old | None, why: str) -> None:
        """The value has no place in the configuration."""
        if old is not None:
            self.note(Fate.LEFT_OUT, old, why=why)

    def add(self, new: Place, value: Any, why: str) -> None:
        """A value that no old file holds."""
        self.entries.append(Entry(Fate.ADDED, None, new, value, why))

    def secret(self, old: Old, setting: str, what: str, environment: str = "") -> None:
        """The value is a secret that the setting shall hold."""
        self.settings.setdefault((setting, environment), what)
        self.note(Fate.SECRET, old, why=f"a secret: the setting {setting} holds it")

    def take(self, other: "Ledger") -> None:
        """All that another one holds, behind its own."""
        self.entries += other.entries
        self.missing += other.missing
        self.settings = {**other.settings, **self.settings}
        self._known |= other._known

    def is_known(self, old: Old) -> bool:
        """Whether the leaf has an entry."""
        return (old.file.path, old.loc) in self._known

    def finish(self, files: Iterable[OldFile], leave_out: Collection[str]) -> None:
        """Raises ImportingError with every leaf that nobody read, but for keys that the operator leaves out."""
        known = {(path, loc[:length]) for path, loc in self._known for length in range(len(loc) + 1)}
        problems: list[Problem] = []
        for leaf in self._without_entry(files):
            unknown = _highest(leaf, known)
            if leaf.data in (None, {}, []) or leaf.data == "":
                self.leave_out(leaf, "nothing is given")
            elif {unknown.field, unknown.key} & {*leave_out}:
                self.leave_out(leaf, "left out by the operator (--leave-out)")
            else:
                allowed = f"a key that this program understands; to go on without it: --leave-out {unknown.key}"
                problems += unknown.refuse(allowed).problems
        if problems:
            raise ImportingError(problems)

    def _without_entry(self, files: Iterable[OldFile]) -> Iterator[Old]:
        for file in files:
            for leaf in file.top.leaves():
                if not self.is_known(leaf):
                    yield leaf

    def origin(self, file: str, field: str) -> Old | None:
        """The old value that a written one comes from."""
        for each in self.entries:
            if each.new and each.old and each.new.file == file and each.new.field == field:
                return each.old
        return None


def _highest(leaf: Old, known: set[tuple[str, Loc]]) -> Old:
    """What the leaf is a part of, that nobody has read anything of."""
    data = leaf.file.data
    for length, step in enumerate(leaf.loc, 1):
        data = data[step]
        if (leaf.file.path, leaf.loc[:length]) not in known:
            return Old(leaf.file, leaf.loc[:length], data)
    return leaf
