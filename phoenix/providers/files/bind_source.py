"""Folders that services mount by their path: Docker starts no task whose folder is not there."""

from collections.abc import Sequence
from enum import Enum

from phoenix.clients.shell import open_shell
from phoenix.providers.core.reconciler import Observation, Reconciler
from phoenix.providers.core.resource import Resource
from phoenix.settings import Settings
from phoenix.specs.files import BindSourceSpec

_THERE = '[ ! -e "$1" ] || echo there'


class BindSourceAction(Enum):
    """What makes a folder be there."""

    MAKE = "make it"

    def __str__(self) -> str:
        return self.value


class BindSourceReconciler(Reconciler[BindSourceSpec, BindSourceAction]):
    """Sees to it that something is there; whose it is and what is in it is not ours."""

    spec = BindSourceSpec
    replace_on = frozenset({"target", "path"})

    def identity(self, desired: BindSourceSpec) -> str:
        return f"bind-source/{desired.target}:{desired.path}".replace(" ", "-")

    def observe(self, settings: Settings, desired: BindSourceSpec) -> Observation[BindSourceSpec] | None:
        there = open_shell(settings, desired.target).script(_THERE, desired.path).text
        return Observation(desired) if there else None

    def plan(self, live: BindSourceSpec | None, desired: BindSourceSpec) -> Sequence[BindSourceAction]:  # noqa: ARG002
        return [BindSourceAction.MAKE] if live is None else []

    def perform(self, settings: Settings, desired: BindSourceSpec, action: BindSourceAction) -> None:  # noqa: ARG002
        open_shell(settings, desired.target).run(["mkdir", "-p", "--", desired.path])

    def remove(self, settings: Settings, spec: BindSourceSpec) -> None:
        """Leaves it where it is."""


class BindSource(Resource[BindSourceSpec], reconciler=BindSourceReconciler()):
    """A folder that a service mounts."""
