"""What a comparison is: its name, how it is measured, and the rows that it gives to the report."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks.alternation import Samples
from benchmarks.lab import Bench

Rounds = int


@dataclass(frozen=True)
class Measured:
    """`seconds` of each side, round by round, and other `figures`; both go into the results as they are."""

    seconds: Samples = field(default_factory=dict)
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Ratio:
    """Sides over other sides: round by round the sum of `over` divided by that of `under`."""

    what: str
    goal: str
    over: tuple[str, ...]
    under: tuple[str, ...]


@dataclass(frozen=True)
class Figure:
    """One of the figures, with its unit."""

    what: str
    goal: str
    key: str
    unit: str = ""


@dataclass(frozen=True)
class Comparison:
    """`measure` takes the lab and how many rounds; `rows` is what the report shows of it."""

    name: str
    title: str
    rounds: Rounds
    measure: Callable[[Bench, Rounds], Measured]
    rows: tuple[Ratio | Figure, ...]
    note: str = ""
    lab: bool = True
    """Whether it needs the lab."""


Raw = dict[str, Any]
