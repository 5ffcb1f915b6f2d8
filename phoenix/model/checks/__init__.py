"""Checks over the whole cluster."""

from collections.abc import Iterator

from phoenix.model.draft import Draft
from phoenix.model.problem import Problem


def check(draft: Draft) -> Iterator[Problem]:
    """Every problem."""
    yield from ()
