"""Texts of labels as the values that Traefik's reader makes of them: strconv and time.ParseDuration of Go."""

import re
from collections.abc import Mapping
from typing import TypeAlias

Value: TypeAlias = "bool | int | str | list[str] | list[Fields] | Fields"
Fields: TypeAlias = Mapping[str, Value]
"""Fields of Traefik's configuration, by their names in its files."""

_TRUE, _FALSE = ("1", "t", "T", "TRUE", "true", "True"), ("0", "f", "F", "FALSE", "false", "False")
_INT = re.compile(r"[-+]?[0-9]+")
_DURATION = re.compile(r"[-+]?(?:0|(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h))+)")


def boolean(text: str) -> bool:
    """Raises ValueError, which says what is allowed, as all of these do."""
    if text not in _TRUE + _FALSE:
        raise ValueError("true or false")
    return text in _TRUE


def integer(text: str) -> int:
    """A whole number of at most 64 bits."""
    if not _INT.fullmatch(text) or not -(2**63) <= int(text) < 2**63:
        raise ValueError("a whole number")
    return int(text)


def duration(text: str) -> str:
    """Seconds, `10`, or with units, `1m30s`."""
    if _INT.fullmatch(text):
        return text
    if not _DURATION.fullmatch(text):
        raise ValueError("a duration: seconds, or numbers with units, 1m30s")
    return text


def texts(text: str) -> list[str]:
    """What stands between commas, without the blanks around it."""
    if not text:
        raise ValueError("values with commas between them: take the label away to have none")
    return [each.strip() for each in text.split(",")]


def scalar(kind: str, text: str) -> bool | int | str | list[str]:
    """The text as a value of this plain type of the table; raises ValueError."""
    match kind:
        case "bool":
            return boolean(text)
        case "int":
            return integer(text)
        case "duration":
            return duration(text)
        case "list of string":
            return texts(text)
        case "string":
            return text
    raise ValueError(f"nothing: no label gives a {kind} here")
