"""What is wrong with a configuration, said so that it can be mended."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from phoenix.errors import PhoenixError

_SHOWN = 120
"""Longest value that is shown in full."""


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake: where it stands, what was given there, and what is allowed."""

    file: str
    line: int
    field: str
    value: str
    allowed: str

    def __str__(self) -> str:
        given = f" got {self.value};" if self.value else ""
        return f"{self.file}:{self.line}: {self.field or 'file'}:{given} {self.allowed}"


class ConfigurationError(PhoenixError):
    """The configuration is not usable; `problems` holds every mistake that was found, in the order of the files."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        count = len(self.problems)
        lines = "\n".join(f"  {problem}" for problem in self.problems)
        super().__init__(f"the configuration has {count} problem{'s' * (count != 1)}:\n{lines}")


def shown(value: Any) -> str:
    """A value of a file as it is shown in a problem."""
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
