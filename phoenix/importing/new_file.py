"""A file that is to be written: each value is put there with the old value that it comes from, or with a reason."""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from phoenix.importing.ledger import Fate, Ledger, Place
from phoenix.importing.old import Old
from phoenix.model.document import Loc


@dataclass
class NewFile:
    """One file below the target, with plain data or, for a file of variables, its text."""

    path: str
    ledger: Ledger
    data: dict[str, Any] = field(default_factory=dict)
    order: tuple[str, ...] = ()
    """Keys in the order in which they are written; others come behind."""

    def place(self, *loc: str | int) -> Place:
        """A value of this file."""
        return Place(self.path, loc)

    def keep(self, loc: Loc, old: Old, value: Any = None) -> None:
        """The old value, or another spelling of it."""
        new = old.data if value is None else value
        if old.is_secret:
            raise old.refuse("no secret here, because files are read by many: take it out, and set it as a secret")
        self._set(loc, new)
        fate = Fate.KEPT if same(new, old.data) else Fate.SPELLED
        self.ledger.note(fate, old, self.place(*loc), new)

    def change(self, loc: Loc, value: Any, old: Old, why: str) -> None:
        """Another value than the old one."""
        self._set(loc, value)
        self.ledger.note(Fate.CHANGED, old, self.place(*loc), value, why)

    def refer(self, loc: Loc, old: Old, value: Any) -> None:
        """The old value says what stands here already."""
        fate = Fate.KEPT if same(value, old.data) else Fate.SPELLED
        self.ledger.note(fate, old, self.place(*loc), value)

    def add(self, loc: Loc, value: Any, why: str = "") -> None:
        """A value that no old file holds; without a reason it is one of form alone, which nobody need be told."""
        self._set(loc, value)
        if why:
            self.ledger.add(self.place(*loc), value, why)

    def get(self, *loc: str | int) -> Any:
        """What stands there, None where nothing does."""
        found: Any = self.data
        for step in loc:
            try:
                found = found[step]
            except (KeyError, IndexError, TypeError):
                return None
        return found

    def _set(self, loc: Loc, value: Any) -> None:
        inner: Any = self.data
        for step, following in pairwise(loc):
            empty: Any = [] if isinstance(following, int) else {}
            if isinstance(inner, list):
                if step == len(inner):
                    inner.append(empty)
                inner = inner[int(step)]
            else:
                inner = inner.setdefault(step, empty)
        if isinstance(inner, list) and loc[-1] == len(inner):
            inner.append(value)
        else:
            inner[loc[-1]] = value


def same(new: Any, old: Any) -> bool:
    """Whether the two are written alike: `5` and `"5"` are."""
    if isinstance(new, bool) or isinstance(old, bool):
        return new is old
    return bool(new == old) or (isinstance(new, str | int | float) and str(new) == str(old))
