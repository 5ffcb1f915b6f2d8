"""JSON that remembers on which line each value stands: https://www.rfc-editor.org/rfc/rfc8259"""

import json
import re
from collections.abc import Iterator
from typing import Any

from phoenix.model.document import Loc, field_name

_TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+)')


class UnreadableError(ValueError):
    """A text that is no JSON, with the line where that shows."""

    def __init__(self, line: int, cause: str) -> None:
        self.line = line
        super().__init__(cause)


def data(text: str) -> Any:
    """The plain data; raises UnreadableError for what is cut off or malformed."""
    try:
        return json.loads(text, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise UnreadableError(error.lineno, f"not valid JSON: {error.msg}") from None
    except (RecursionError, ValueError) as error:
        cause = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise UnreadableError(1, f"not valid JSON: {cause}") from None


def lines(text: str) -> dict[Loc, int]:
    """The line of each value of valid JSON; raises UnreadableError for a key that stands twice in one object."""
    found: dict[Loc, int] = {}
    _value(_tokens(text), (), found)
    return found


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no number")


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    line, end = 1, 0
    for match in _TOKEN.finditer(text):
        line += text.count("\n", end, match.start(1))
        end = match.start(1)
        yield match[1], line


def _value(tokens: Iterator[tuple[str, int]], loc: Loc, lines: dict[Loc, int]) -> bool:
    """Walks over one value; False where a list ended instead."""
    token, line = next(tokens)
    if token in "]}":
        return False
    lines.setdefault(loc, line)
    if token == "[":
        index = 0
        while _value(tokens, (*loc, index), lines) and next(tokens)[0] == ",":
            index += 1
    elif token == "{":
        while (key := next(tokens))[0] != "}":
            if key[0] == ",":
                continue
            inner = (*loc, json.loads(key[0]))
            if inner in lines:
                raise UnreadableError(key[1], f"{field_name(inner)} stands twice; line {lines[inner]} has it already")
            lines[inner] = key[1]
            next(tokens)
            _value(tokens, inner, lines)
    return True
