"""Commands that the operator declares, run by pulumi-command."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from phoenix.model.base import Model
from phoenix.vocabulary.names import Argument, Slug
from phoenix.vocabulary.numbers import PositiveInt, Vmid


class HookEvent(StrEnum):
    """After what a hook runs."""

    CREATE = "create"
    CHANGE = "change"
    RENEWAL = "renewal"
    UP = "up"


class HookPlace(StrEnum):
    """Where a hook runs: on the operator's machine, on the node, or in a guest."""

    LOCAL = "local"
    NODE = "node"
    GUEST = "guest"


class Hook(Model):
    """One command, given as arguments without a shell.

    A guest's hooks run after its create or change, a certificate's after its renewal, the cluster's after `up`.
    """

    name: Slug
    """Unique among the hooks of its owner."""
    after: HookEvent
    """What it runs after."""
    runs_on: HookPlace
    """Where it runs."""
    guest: Vmid | None = None
    """For `runs_on: guest`; in a guest's own file it may be left out."""
    command: Annotated[tuple[Argument, ...], Field(min_length=1)]
    """The program and its arguments."""
    timeout_seconds: PositiveInt = 300
    """After that the command is ended, and has failed."""
