"""A compose file as the checks look at it: in one of its environments, its variables filled in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from phoenix.model.compose.file import COMPOSE_FILE
from phoenix.model.compose.variables import VariableError
from phoenix.model.document import Document, Loc
from phoenix.model.located import Located
from phoenix.model.problem import Problem
from phoenix.model.published import published
from phoenix.model.stack import Stack, StackEnvironment


@dataclass(frozen=True)
class InEnvironment:
    """A stack's compose file in one of its environments; `compose` has the form of the file, whatever that is."""

    stack: Located[Stack]
    document: Document
    name: str
    """The environment's."""
    environment: StackEnvironment
    compose: Mapping[str, Any]

    def problem(self, loc: Loc, allowed: str, value: Any = None) -> Problem:
        """What is wrong at a place of the compose file, with the file's own value unless another is given."""
        given = self.document.value(loc) if value is None else value
        return self.document.problem(loc, allowed=allowed, value=given)

    def section(self, name: str) -> Mapping[str, Any]:
        """One of the sections of the file: services, volumes, ...; empty where it is none."""
        found = self.compose.get(name)
        return found if isinstance(found, Mapping) else {}

    @property
    def services(self) -> Mapping[str, Mapping[str, Any]]:
        """Every service that is a mapping, by name."""
        return {name: each for name, each in self.section("services").items() if isinstance(each, Mapping)}

    @cached_property
    def wrong(self) -> tuple[tuple[Loc, str], ...]:
        """Places in the compose file whose form is wrong, and what is allowed there."""
        return tuple(self._wrong())

    def _wrong(self) -> Iterator[tuple[Loc, str]]:
        yield from COMPOSE_FILE.wrong(self.compose)
        for service in self.services:
            loc: Loc = ("services", service, "ports")
            for index, entry in enumerate(self.entries(loc)):
                # the parts of a mapping have shapes of their own
                if isinstance(entry, str | int) and not isinstance(entry, bool):
                    try:
                        published(entry)
                    except ValueError as error:
                        yield (*loc, index), str(error)

    def entries(self, loc: Loc) -> list[Any]:
        """The list at a place; empty where there is none."""
        found: Any = self.compose
        for step in loc:
            found = found.get(step) if isinstance(found, Mapping) else None
        return found if isinstance(found, list) else []


def in_environment(
    stack: Located[Stack], document: Document, name: str, environment: StackEnvironment
) -> InEnvironment | None:
    """The stack in this one; None where its variables cannot be filled in, of which another check tells."""
    try:
        compose = stack.item.filled(environment)
    except VariableError:
        return None
    return InEnvironment(stack, document, name, environment, compose)
