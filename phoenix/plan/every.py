"""Every spec of a plan."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from phoenix.specs.spec import Spec


def specs(plan: Any) -> Iterator[Spec]:
    """Every spec of a plan, or of a part of one, in its order."""
    if isinstance(plan, Spec):
        yield plan
    elif is_dataclass(plan):
        for each in fields(plan):
            yield from specs(getattr(plan, each.name))
    elif isinstance(plan, Mapping):
        for value in plan.values():
            yield from specs(value)
    elif isinstance(plan, tuple):
        for value in plan:
            yield from specs(value)
