"""A document laid over another: what an environment says beside what all of them say, each value with its place.

Maps are merged, anything else is replaced, and null leaves a key out: https://www.rfc-editor.org/rfc/rfc7396. Where
each entry of a list has a `name`, a map by these names changes single ones. A null that finds nothing is refused, which
the RFC lets pass: it is a key that is misspelt.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from phoenix.model.document import Document, Loc, Place
from phoenix.model.problem import Problem

NAME = "name"


@dataclass(frozen=True)
class Overlaid(Document):
    """The two as one document, which is called like the lower one."""

    places: Mapping[Loc, Place]
    """Where each value stands, and where each key is left out."""

    def at(self, loc: Sequence[str | int]) -> Place:
        """As a document's."""
        known = (loc[:end] for end in range(len(loc), 0, -1))
        return next((self.places[tuple(each)] for each in known if tuple(each) in self.places), Place(self.path, 1))

    def strip(self, loc: Sequence[str | int], *, missing: bool = False) -> Loc:
        """As a document's; a key that is left out stands in the file."""
        kept: Loc = ()
        for position, step in enumerate(loc):
            last = missing and position == len(loc) - 1 and isinstance(self.value(kept), dict)
            if (*kept, step) in self.places or last:
                kept = (*kept, step)
        return kept


@dataclass(frozen=True)
class _At:
    """A value of a document."""

    document: Document
    value: Any
    loc: Loc = ()

    def below(self, step: str | int) -> Self:
        return replace(self, value=self.value[step], loc=(*self.loc, step))

    def entries(self) -> Iterator[tuple[str | int, Self]]:
        """What is directly below."""
        if isinstance(self.value, dict | list):
            steps = self.value if isinstance(self.value, dict) else range(len(self.value))
            yield from ((step, self.below(step)) for step in steps)

    @property
    def place(self) -> Place:
        return self.document.at(self.loc)


def laid_over(lower: Document, upper: Document) -> tuple[Document, tuple[Problem, ...]]:
    """`upper` over `lower`, and what in it has nothing to lie on."""
    if not isinstance(upper.data, dict):
        return lower, (upper.problem((), value=upper.data, allowed="a map of what is different in this environment"),)
    if not isinstance(lower.data, dict):
        # told of that file by itself
        return lower, ()
    laying = _Laying()
    data = laying.maps(_At(lower, lower.data), _At(upper, upper.data), ())
    return Overlaid(lower.path, data, None, laying.places), tuple(laying.problems)


class _Laying:
    """One run over both documents; collects places and problems."""

    def __init__(self) -> None:
        self.places: dict[Loc, Place] = {}
        self.problems: list[Problem] = []

    def maps(self, lower: _At, upper: _At, loc: Loc) -> dict[Any, Any]:
        merged = {}
        for key, below in lower.entries():
            if key not in upper.value:
                merged[key] = self._kept(below, (*loc, key))
            elif upper.value[key] is None:
                self.places[*loc, key] = upper.below(key).place
            else:
                merged[key] = self._over(below, upper.below(key), (*loc, key))
        for key, above in upper.entries():
            if key not in lower.value and self._is_there(above, lower):
                merged[key] = self._new(above, (*loc, key))
        return merged

    def _over(self, lower: _At, upper: _At, loc: Loc) -> Any:
        if not isinstance(upper.value, dict):
            return self._kept(upper, loc)
        self.places[loc] = upper.place
        if isinstance(lower.value, dict):
            return self.maps(lower, upper, loc)
        if isinstance(lower.value, list):
            return self._named(lower, upper, loc)
        return self._new(upper, loc)

    def _new(self, upper: _At, loc: Loc) -> Any:
        """What lies on nothing."""
        if not isinstance(upper.value, dict):
            return self._kept(upper, loc)
        self.places[loc] = upper.place
        return self.maps(replace(upper, value={}), upper, loc)

    def _named(self, lower: _At, upper: _At, loc: Loc) -> Any:
        names = [
            str(each.value[NAME]) for _, each in lower.entries() if isinstance(each.value, dict) and NAME in each.value
        ]
        if len(set(names)) < len(lower.value):
            allowed = (
                f"a list, which takes the place of that of {lower.place}: not each entry there has a name of its own"
            )
            self._refuse(upper, allowed)
            return self._kept(lower, loc)
        merged: list[Any] = []
        for (_, below), name in zip(lower.entries(), names, strict=True):
            here = (*loc, len(merged))
            if name not in upper.value:
                merged.append(self._kept(below, here))
            elif (above := upper.below(name)).value is not None:
                merged.append(self._over(below, above, here) if self._is_entry(above) else self._kept(below, here))
        for added, above in upper.entries():
            if added not in names and self._is_there(above, lower) and self._is_entry(above):
                here = (*loc, len(merged))
                merged.append({NAME: added, **self._new(above, here)})
                self.places[*here, NAME] = above.place
        return merged

    def _kept(self, at: _At, loc: Loc) -> Any:
        """As one of the two has it."""
        self.places[loc] = at.place
        for step, below in at.entries():
            self._kept(below, (*loc, step))
        return at.value

    def _is_entry(self, upper: _At) -> bool:
        if isinstance(upper.value, dict) and NAME not in upper.value:
            return True
        self._refuse(
            upper, "a map of what is different in the entry of this name, without its name; null leaves it out"
        )
        return False

    def _is_there(self, upper: _At, lower: _At) -> bool:
        if upper.value is None:
            known = ", ".join(str(each) for each in self._keys(lower)) or "none"
            self._refuse(upper, f"null leaves a key out, and there is none of this name; there are {known}")
            return False
        return True

    def _keys(self, lower: _At) -> Iterator[Any]:
        for key, below in lower.entries():
            yield key if isinstance(lower.value, dict) else below.value[NAME]

    def _refuse(self, upper: _At, allowed: str) -> None:
        self.problems.append(upper.document.problem(upper.loc, value=upper.value, allowed=allowed))
