"""The compose files as the checks look at them: each in each of its environments, its variables filled in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from phoenix.model.compose.variables import VariableError
from phoenix.model.document import Document, Loc
from phoenix.model.draft import Draft
from phoenix.model.located import Located
from phoenix.model.problem import Problem
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

    def entries(self, loc: Loc) -> list[Any]:
        """The list at a place; empty where there is none."""
        found: Any = self.compose
        for step in loc:
            found = found.get(step) if isinstance(found, Mapping) else None
        return found if isinstance(found, list) else []


def in_environments(draft: Draft) -> Iterator[InEnvironment]:
    """Every stack in every environment whose variables can be filled in; of others, other checks tell."""
    for stack in draft.stacks:
        for name, environment in stack.item.environments.items():
            found = in_environment(draft, stack, name, environment)
            if found is not None:
                yield found


def in_environment(
    draft: Draft, stack: Located[Stack], name: str, environment: StackEnvironment
) -> InEnvironment | None:
    """The stack in this one; None where its variables cannot be filled in."""
    try:
        compose = stack.item.filled(environment)
    except VariableError:
        return None
    return InEnvironment(stack, draft.compose[stack.item.name], name, environment, compose)
