"""What Docker secrets and configs have in common: the present version is made, old ones go when nobody uses them."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from phoenix.clients import swarm
from phoenix.clients.docker_engine import engine, observing, reaching
from phoenix.clients.swarm_objects import BASE_LABEL, Store, StoredObject, stale
from phoenix.providers.core.reconciler import Observation, Reconciler
from phoenix.providers.core.refusal import Refuse
from phoenix.settings import Settings
from phoenix.specs.swarm import LABELLED, NamedSpec, RotatedSpec

UNLABELLED = "missing"


@dataclass(frozen=True)
class Create:
    """Makes the present version."""

    name: str

    def __str__(self) -> str:
        return f"create {self.name}"


@dataclass(frozen=True)
class Adopt:
    """Labels the present version, which somebody else made."""

    name: str

    def __str__(self) -> str:
        return f"label {self.name}"


@dataclass(frozen=True)
class Drop:
    """Removes an old version."""

    name: str

    def __str__(self) -> str:
        return f"remove {self.name}"


RotationAction = Create | Adopt | Drop | Refuse
RotatedSpecT = TypeVar("RotatedSpecT", bound=RotatedSpec)
NamedSpecT = TypeVar("NamedSpecT", bound=NamedSpec)


class RotatedReconciler(Reconciler[RotatedSpecT, RotationAction]):
    """Converges the versions of one secret or config; talks to the manager's own engine."""

    store: ClassVar[Store]

    @abstractmethod
    def base(self, desired: RotatedSpecT) -> str:
        """The name without a version, by which all versions are labelled."""

    @abstractmethod
    def present(self, desired: RotatedSpecT) -> str:
        """The full name of the version that is wanted."""

    @abstractmethod
    def content(self, settings: Settings, desired: RotatedSpecT) -> bytes:
        """What the present version holds; read when it is made."""

    @abstractmethod
    def found(self, desired: RotatedSpecT, shown: StoredObject) -> Mapping[str, Any]:
        """Live fields that `shown` tells: the present version, or the newest one where that is missing."""

    def labels(self, desired: RotatedSpecT) -> Mapping[str, str]:
        """Labels of the present version."""
        return {BASE_LABEL: self.base(desired)}

    def outputs(self, desired: RotatedSpecT) -> Mapping[str, Any]:  # noqa: ARG002
        """Outputs that are not inputs."""
        return {}

    def identity(self, desired: RotatedSpecT) -> str:
        return f"docker-{self.store.value}/{desired.manager.vmid}/{self.base(desired)}"

    def observe(self, settings: Settings, desired: RotatedSpecT) -> Observation[RotatedSpecT] | None:
        with observing(desired.manager, str(desired)):
            client = engine(settings, desired.manager)
            versions = self._versions(client, desired) if swarm.in_swarm(client) else []
        if not versions:
            return None
        present = self.present(desired)
        shown = max(versions, key=lambda one: (one.name == present, one.created))
        changes = {**self.found(desired, shown), "stale": stale(versions, present, desired.keep)}
        return Observation(desired.model_copy(update=changes), self.outputs(desired))

    def plan(self, live: RotatedSpecT | None, desired: RotatedSpecT) -> Sequence[RotationAction]:
        """The new version first; what was found stale goes after it."""
        missing = live is None or self.present(live) != self.present(desired)
        create = [Create(self.present(desired))] if missing else []
        return [*create, *(Drop(name) for name in (live.stale if live else ()))]

    def perform(self, settings: Settings, desired: RotatedSpecT, action: RotationAction) -> None:
        if isinstance(action, Refuse):
            raise action.error(desired, "take it over")
        content = self.content(settings, desired) if isinstance(action, Create) else b""
        with self._reaching(desired, str(action)):
            client = engine(settings, desired.manager)
            match action:
                case Create(name):
                    self.store.create(client, name, content, self.labels(desired))
                case Adopt(name):
                    self.store.adopt(client, name, self.base(desired))
                case Drop(name):
                    self.store.drop(client, name)

    def remove(self, settings: Settings, spec: RotatedSpecT) -> None:
        with self._reaching(spec, "remove"):
            client = engine(settings, spec.manager)
            for version in self._versions(client, spec) if swarm.in_swarm(client) else ():
                # one that is in use is refused by the engine, which names the service
                self.store.drop(client, version.name)

    def _versions(self, client: Any, desired: RotatedSpecT) -> list[StoredObject]:
        return self.store.versions(client, self.base(desired))

    def _reaching(self, spec: RotatedSpecT, operation: str) -> AbstractContextManager[None]:
        kind = self.store.value
        advice = f"see `docker {kind} ls` and `docker service ls` on the manager; the Swarm must be up"
        return reaching(spec.manager, str(spec), operation, f"{advice} and the {kind} unused")


def changed(live: NamedSpec, desired: NamedSpec, why: str) -> str:
    """What a preview says of another version; empty where it is none."""
    if live.name == desired.name:
        return ""
    return f"{why}: its services move from {live.name} to {desired.name}"


class NamedReconciler(RotatedReconciler[NamedSpecT]):
    """Versions whose full names the program knows; an unlabelled one of exactly that name is adopted."""

    replace_on = frozenset({"manager", "base"})

    def base(self, desired: NamedSpecT) -> str:
        return desired.base

    def present(self, desired: NamedSpecT) -> str:
        return desired.name

    def found(self, desired: NamedSpecT, shown: StoredObject) -> Mapping[str, Any]:
        foreign = shown.labels.get(BASE_LABEL) != desired.base
        return {"name": shown.name, "label": UNLABELLED if foreign else LABELLED}

    def plan(self, live: NamedSpecT | None, desired: NamedSpecT) -> Sequence[RotationAction]:
        adopt = live is not None and live.name == desired.name and live.label != desired.label
        return [*([Adopt(desired.name)] if adopt else []), *super().plan(live, desired)]

    def _versions(self, client: Any, desired: NamedSpecT) -> list[StoredObject]:
        return self.store.versions(client, desired.base, desired.name)
