"""The variables of a compose file: https://docs.docker.com/reference/compose-file/interpolation/

`$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME-default}`, `${NAME:?error}`, `${NAME?error}`, `${NAME:+replacement}`,
`${NAME+replacement}`, what follows a sign with variables of its own; `$$` is a dollar.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_NAME = re.compile(NAME)
_SIGN = re.compile(r":?[-?+]")
_PLAIN, _PLAIN_IN_BRACES = re.compile(r"[^$]+"), re.compile(r"[^$}]+")
_DEPTH = 20
"""Variables within variables: more than anybody writes."""


@dataclass(frozen=True)
class Variable:
    """One variable of a text: `sign` and `word` are what follows its name."""

    name: str
    sign: str
    word: "Template"
    written: str
    """As it stands in the text."""


Template: TypeAlias = tuple[str | Variable, ...]
Given: TypeAlias = Mapping[str, str | None]
"""Variables by name; None for one that holds a secret, which is given, not empty, and not known here."""


class VariableError(ValueError):
    """A text whose variables cannot be filled in; it says what is allowed."""


@dataclass(frozen=True)
class Filled:
    """A text whose variables are filled in; `left` are those that are secrets or not given, as Docker writes them."""

    parts: tuple[str | Variable, ...]

    @property
    def left(self) -> tuple[str, ...]:
        """Names of variables that are still there, in their order."""
        return tuple(each.name for each in self.parts if isinstance(each, Variable))

    @property
    def text(self) -> str:
        """The text itself, with `${NAME}` for what is left."""
        return "".join(each if isinstance(each, str) else f"${{{each.name}}}" for each in self.parts)

    @property
    def for_docker(self) -> str:
        """The text as it must stand in a compose file, from which Docker makes the text itself."""
        return "".join(each.replace("$", "$$") if isinstance(each, str) else f"${{{each.name}}}" for each in self.parts)


def fill(text: str, given: Given) -> Filled:
    """`text` with the variables filled in that are known.

    Raises VariableError for a dollar that begins none, and for a `?` whose variable is not given.
    """
    return Filled(tuple(_joined(_fill(parse(text), given))) if "$" in text else (text,))


def wanted(text: str, given: Given) -> tuple[str, ...]:
    """Names of the variables that must be given, and are not; raises VariableError as `fill` does."""
    return tuple(name for name in fill(text, given).left if name not in given)


def names(text: str) -> tuple[str, ...]:
    """Names of the variables that a text may depend on, each once; raises VariableError as `fill` does."""
    return tuple(dict.fromkeys(_names(parse(text))))


def _names(template: Template) -> Iterator[str]:
    for each in template:
        if isinstance(each, Variable):
            yield each.name
            yield from _names(each.word)


def _fill(template: Template, given: Given) -> Iterator[str | Variable]:
    for each in template:
        if isinstance(each, str):
            yield each
        else:
            yield from _value(each, given)


def _value(variable: Variable, given: Given) -> Iterator[str | Variable]:
    known = variable.name in given
    value = given.get(variable.name)
    # a colon also means: and it is not empty
    there = known and (value != "" or ":" not in variable.sign)
    if variable.sign.endswith("+"):
        yield from _fill(variable.word, given) if there else ()
    elif variable.sign.endswith("-") and not there:
        yield from _fill(variable.word, given)
    elif variable.sign.endswith("?") and not there:
        said = Filled(tuple(_fill(variable.word, given))).text
        raise VariableError(f"{variable.written} needs a variable {variable.name}" + (f": {said}" if said else ""))
    else:
        yield variable if value is None else value


def _joined(parts: Iterator[str | Variable]) -> Iterator[str | Variable]:
    text = ""
    for each in parts:
        if isinstance(each, str):
            text += each
        else:
            yield from (text,) if text else ()
            yield each
            text = ""
    yield from (text,) if text else ()


@cache
def parse(text: str) -> Template:
    """The text's own parts and its variables; raises VariableError for a dollar that begins none."""
    return _parse(text, 0, 0)[0]


def _parse(text: str, start: int, depth: int) -> tuple[Template, int]:
    """From `start` to the end, or to the brace that closes the variable which it stands in."""
    parts: list[str | Variable] = []
    at, plain = start, _PLAIN_IN_BRACES if depth else _PLAIN
    while at < len(text) and not (depth and text[at] == "}"):
        if found := plain.match(text, at):
            parts.append(found[0])
            at = found.end()
        elif text.startswith("$$", at):
            parts.append("$")
            at += 2
        else:
            variable, at = _variable(text, at, depth)
            parts.append(variable)
    return tuple(parts), at


def _variable(text: str, start: int, depth: int) -> tuple[Variable, int]:
    if depth == _DEPTH:
        raise VariableError(f"at most {_DEPTH} variables within each other")
    braced = text.startswith("${", start)
    found = _NAME.match(text, start + 1 + braced)
    if found is None:
        raise VariableError(
            f"$NAME or ${{NAME}} after a dollar, and $$ for a dollar itself: {text[start : start + 20]}"
        )
    sign = _SIGN.match(text, found.end())
    if not braced:
        if sign:
            raise VariableError(
                f"${{{found[0]}}} in braces: Docker takes what follows ${found[0]} for a part of the variable"
            )
        return Variable(found[0], "", (), found[0]), found.end()
    word, end = _parse(text, sign.end(), depth + 1) if sign else ((), found.end())
    if not text.startswith("}", end):
        raise VariableError(f"${{{found[0]}}}, with :- - :? ? :+ or + and a text after the name, and a closing brace")
    return Variable(found[0], sign[0] if sign else "", word, text[start : end + 1]), end + 1
