"""A part of the cluster with the place that it stands at."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from phoenix.model.document import Document, Loc
from phoenix.model.problem import Problem

T = TypeVar("T", covariant=True)


@dataclass(frozen=True)
class Located(Generic[T]):
    """A part of the cluster and the document it was read from, below `prefix`."""

    item: T
    document: Document
    prefix: Loc = ()

    def problem(self, *loc: str | int, allowed: str, value: Any = None) -> Problem:
        """A mistake in this part; the value is the file's own unless given."""
        whole = (*self.prefix, *loc)
        return self.document.problem(
            whole, allowed=allowed, value=self.document.value(whole) if value is None else value
        )

    def place(self, *loc: str | int) -> str:
        """`guests/101-x.yaml:7`, to refer to from another problem."""
        return str(self.document.at((*self.prefix, *loc)))
