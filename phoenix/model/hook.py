"""Commands that the operator declares, run by pulumi-command."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from phoenix.model.base import Argument, Model, PositiveInt, Slug, Vmid


class HookEvent(StrEnum):
    """After what a hook runs."""

    CREATE = "create"
    CHANGE = "change"
    RENEWAL = "renewal"
    UP = "up"


class HookPlace(StrEnum):
    """Where a hook runs: on the operator's machine, on the node, or in a guest."""

    LOCAL = "local"
    HOST = "host"
    GUEST = "guest"


class Hook(Model):
    """One command, given as arguments without a shell.

    A guest's hooks run after its create or change, a certificate's after its renewal, the cluster's after `up`.
    """

    name: Slug
    after: HookEvent
    runs_on: HookPlace
    guest: Vmid | None = None
    """For `runs_on: guest`; in a guest's own file it may be left out."""
    command: Annotated[tuple[Argument, ...], Field(min_length=1)]
    timeout_seconds: PositiveInt = 300
