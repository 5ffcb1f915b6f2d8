"""Shapes of plain data, for a file whose every value may come in several forms: what is wrong, where, and in words."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from phoenix.model.document import Loc

Wrong: TypeAlias = tuple[Loc, str]
"""A place below the value that was looked at, and what is allowed there."""


class Shape:
    """What a value may be; `words` say it."""

    words: str

    def takes(self, value: Any) -> bool:
        """Whether the value is of this kind, whatever stands in it."""
        raise NotImplementedError

    def inside(self, value: Any) -> Iterator[Wrong]:  # noqa: ARG002
        """What is wrong within a value that it takes."""
        yield from ()

    def given(self, value: Any) -> Any:
        """A copy of a value without the keys that count as left out; what is wrong in it stays as it is."""
        return value

    def wrong(self, value: Any) -> Iterator[Wrong]:
        """Everything that is wrong with a value."""
        if self.takes(value):
            yield from self.inside(value)
        else:
            yield (), self.words


@dataclass(frozen=True)
class Text(Shape):
    """A text; as a whole it matches `pattern`."""

    pattern: str = ""
    words: str = "a text"

    def takes(self, value: Any) -> bool:
        return isinstance(value, str)

    def inside(self, value: Any) -> Iterator[Wrong]:
        if self.pattern and not re.fullmatch(self.pattern, value, re.DOTALL):
            yield (), self.words


@dataclass(frozen=True)
class Number(Shape):
    """A whole number from `least` to `most`."""

    least: int | None = 0
    most: int | None = None

    @property
    def words(self) -> str:  # type: ignore[override]
        bounds = "" if self.least is None else f" from {self.least}" + (f" to {self.most}" if self.most else " on")
        return f"a whole number{bounds}, not a text"

    def takes(self, value: Any) -> bool:
        return isinstance(value, int) and not isinstance(value, bool)

    def inside(self, value: Any) -> Iterator[Wrong]:
        if (self.least is not None and value < self.least) or (self.most is not None and value > self.most):
            yield (), self.words


class Fraction(Shape):
    """A number, with a fraction or not."""

    words = "a number, not a text"

    def takes(self, value: Any) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool)


_ON, _OFF = ("y", "yes", "on"), ("n", "no", "off")


class Switch(Shape):
    """True or false, in all the words that YAML 1.1 has for them."""

    words = "true or false, without quotes"

    def takes(self, value: Any) -> bool:
        return isinstance(value, bool) or (isinstance(value, str) and value.lower() in (*_ON, *_OFF))

    def given(self, value: Any) -> Any:
        return value.lower() in _ON if self.takes(value) and isinstance(value, str) else value


class Anything(Shape):
    """What is not looked at."""

    words = "anything"

    def takes(self, value: Any) -> bool:  # noqa: ARG002
        return True


class Nothing(Shape):
    """A key without a value."""

    words = "nothing"

    def takes(self, value: Any) -> bool:
        return value is None


@dataclass(frozen=True)
class ListOf(Shape):
    """A list of one shape."""

    each: Shape
    once: bool = False
    """Whether a value may stand in it once only."""
    words: str = "a list"

    def takes(self, value: Any) -> bool:
        return isinstance(value, list)

    def inside(self, value: Any) -> Iterator[Wrong]:
        for index, each in enumerate(value):
            yield from ((((index, *path)), words) for path, words in self.each.wrong(each))
            if self.once and each in value[:index]:
                yield (index,), "each entry once"

    def given(self, value: Any) -> Any:
        return [self.each.given(each) for each in value] if self.takes(value) else value


@dataclass(frozen=True)
class MappingOf(Shape):
    """Names that people choose, matching `pattern`, with values of one shape."""

    each: Shape
    pattern: str = r".+"
    words: str = "a mapping"

    def takes(self, value: Any) -> bool:
        return isinstance(value, Mapping)

    def inside(self, value: Any) -> Iterator[Wrong]:
        for key, each in value.items():
            if not isinstance(key, str):
                yield (key,), "a name as text, in quotes"
            elif not re.fullmatch(self.pattern, key, re.DOTALL):
                yield (key,), f"a name that matches {self.pattern}"
            yield from (((key, *path), words) for path, words in self.each.wrong(each))

    def given(self, value: Any) -> Any:
        return {key: self.each.given(each) for key, each in value.items()} if self.takes(value) else value


@dataclass(frozen=True)
class Keys(Shape):
    """Keys that are known, each with a shape of its own; one without a value counts as left out."""

    known: Mapping[str, Shape]
    needed: tuple[str, ...] = ()
    free: bool = False
    """Whether keys that begin with x- are anybody's own."""
    words: str = "a mapping"

    def takes(self, value: Any) -> bool:
        return isinstance(value, Mapping)

    def inside(self, value: Any) -> Iterator[Wrong]:
        for key, each in value.items():
            if key in self.known:
                found = () if each is None else self.known[key].wrong(each)
                yield from (((key, *path), words) for path, words in found)
            elif not (self.free and str(key).startswith("x-")):
                known = ", ".join(name for name, shape in self.known.items() if not isinstance(shape, Refused))
                yield (key,), f"no such key; allowed are {known}"
        for key in self.needed:
            if value.get(key) is None:
                yield (key,), "this key is required"

    def given(self, value: Any) -> Any:
        if not self.takes(value):
            return value
        return {
            key: self.known[key].given(each) if key in self.known else each
            for key, each in value.items()
            if each is not None or key not in self.known
        }


@dataclass(frozen=True)
class OneOf(Shape):
    """The first of several shapes that takes the value."""

    shapes: tuple[Shape, ...]

    @property
    def words(self) -> str:  # type: ignore[override]
        return " or ".join(dict.fromkeys(each.words for each in self.shapes if not isinstance(each, Refused)))

    def takes(self, value: Any) -> bool:
        return any(each.takes(value) for each in self.shapes)

    def inside(self, value: Any) -> Iterator[Wrong]:
        yield from next(each for each in self.shapes if each.takes(value)).wrong(value)

    def given(self, value: Any) -> Any:
        return next((each.given(value) for each in self.shapes if each.takes(value)), value)


@dataclass(frozen=True)
class Refused(Shape):
    """What another program knows and this one does not, but for values that say what is so anyway."""

    words: str
    but: tuple[Any, ...] = ()

    def takes(self, value: Any) -> bool:  # noqa: ARG002
        return True

    def inside(self, value: Any) -> Iterator[Wrong]:
        if value not in self.but:
            yield (), self.words


@dataclass(frozen=True)
class Also(Shape):
    """A shape, and what `check` finds wrong in a value that has it."""

    shape: Shape
    check: Callable[[Any], Iterator[Wrong]]

    @property
    def words(self) -> str:  # type: ignore[override]
        return self.shape.words

    def takes(self, value: Any) -> bool:
        return self.shape.takes(value)

    def inside(self, value: Any) -> Iterator[Wrong]:
        found = [*self.shape.inside(value)]
        yield from found or self.check(value)

    def given(self, value: Any) -> Any:
        return self.shape.given(value)


def one_of(*shapes: Shape) -> Shape:
    """What any of them takes; the first counts."""
    return OneOf(shapes)
