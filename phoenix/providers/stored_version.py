"""What Docker secrets and configs have in common: the present version is made, old ones go when nobody uses them."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Self, TypeVar

from pydantic import Field, model_validator

from phoenix.clients import swarm
from phoenix.clients.docker_engine import engine, observing, reaching
from phoenix.clients.swarm_store import BASE_LABEL, Store, Version, stale
from phoenix.clients.target import VmTarget
from phoenix.providers.reconciler import Observation, Reconciler, Spec
from phoenix.providers.refusal import Refuse
from phoenix.settings import Settings

NAME = r"^[a-zA-Z0-9]([a-zA-Z0-9_.-]*[a-zA-Z0-9])?$"
"""What the engine takes as a name; 64 characters at most."""
LABELLED = "present"
UNLABELLED = "missing"


class StoreSpec(Spec):
    """The part of every kind's spec that this module needs."""

    manager: VmTarget
    keep: Annotated[int, Field(ge=0)] = 1
    """How many old versions stay besides the present one."""
    stale: tuple[str, ...] = ()
    """Old versions beyond `keep` that no service refers to; the program always says none."""


class NamedSpec(StoreSpec):
    """A version whose full name the program knows."""

    base: Annotated[str, Field(pattern=NAME)]
    name: Annotated[str, Field(pattern=NAME, max_length=64)]
    """`<base>-<version>`; live, the newest version's name when this one is missing."""
    label: str = LABELLED
    """Whether it is labelled as a version of `base`: one that somebody else made is not, until it is adopted."""

    @model_validator(mode="after")
    def _name_has_base(self) -> Self:
        if not self.name.startswith(f"{self.base}-"):
            raise ValueError(f"the name {self.name} must begin with {self.base}-")
        return self


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


VersionAction = Create | Adopt | Drop | Refuse
StoreSpecT = TypeVar("StoreSpecT", bound=StoreSpec)
NamedSpecT = TypeVar("NamedSpecT", bound=NamedSpec)


class StoreReconciler(Reconciler[StoreSpecT, VersionAction]):
    """Converges the versions of one secret or config; talks to the manager's own engine."""

    store: ClassVar[Store]

    @abstractmethod
    def base(self, desired: StoreSpecT) -> str:
        """The name without a version, by which all versions are labelled."""

    @abstractmethod
    def present(self, desired: StoreSpecT) -> str:
        """The full name of the version that is wanted."""

    @abstractmethod
    def content(self, settings: Settings, desired: StoreSpecT) -> bytes:
        """What the present version holds; read when it is made."""

    @abstractmethod
    def found(self, desired: StoreSpecT, shown: Version) -> Mapping[str, Any]:
        """Live fields that `shown` tells: the present version, or the newest one where that is missing."""

    def labels(self, desired: StoreSpecT) -> Mapping[str, str]:
        """Labels of the present version."""
        return {BASE_LABEL: self.base(desired)}

    def outputs(self, desired: StoreSpecT) -> Mapping[str, Any]:  # noqa: ARG002
        """Outputs that are not inputs."""
        return {}

    def identity(self, desired: StoreSpecT) -> str:
        return f"docker-{self.store.value}/{desired.manager.vmid}/{self.base(desired)}"

    def observe(self, settings: Settings, desired: StoreSpecT) -> Observation[StoreSpecT] | None:
        with observing(desired.manager, self._resource(desired)):
            client = engine(settings, desired.manager)
            versions = self._versions(client, desired) if swarm.in_swarm(client) else []
        if not versions:
            return None
        present = self.present(desired)
        shown = max(versions, key=lambda one: (one.name == present, one.created))
        changes = {**self.found(desired, shown), "stale": stale(versions, present, desired.keep)}
        return Observation(desired.model_copy(update=changes), self.outputs(desired))

    def plan(self, live: StoreSpecT | None, desired: StoreSpecT) -> Sequence[VersionAction]:
        """The new version first; what was found stale goes after it."""
        missing = live is None or self.present(live) != self.present(desired)
        create = [Create(self.present(desired))] if missing else []
        return [*create, *(Drop(name) for name in (live.stale if live else ()))]

    def perform(self, settings: Settings, desired: StoreSpecT, action: VersionAction) -> None:
        if isinstance(action, Refuse):
            raise action.error(self._resource(desired), "take it over", desired.manager.address)
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

    def remove(self, settings: Settings, spec: StoreSpecT) -> None:
        with self._reaching(spec, "remove"):
            client = engine(settings, spec.manager)
            for version in self._versions(client, spec) if swarm.in_swarm(client) else ():
                # one that is in use is refused by the engine, which names the service
                self.store.drop(client, version.name)

    def _versions(self, client: Any, desired: StoreSpecT) -> list[Version]:
        return self.store.versions(client, self.base(desired))

    def _resource(self, spec: StoreSpecT) -> str:
        return f"Docker {self.store.value} {self.base(spec)}"

    def _reaching(self, spec: StoreSpecT, operation: str) -> AbstractContextManager[None]:
        kind = self.store.value
        advice = f"see `docker {kind} ls` and `docker service ls` on the manager; the Swarm must be up"
        return reaching(spec.manager, self._resource(spec), operation, f"{advice} and the {kind} unused")


class NamedReconciler(StoreReconciler[NamedSpecT]):
    """Versions whose full names the program knows; an unlabelled one of exactly that name is adopted."""

    replace_on = frozenset({"manager", "base"})

    def base(self, desired: NamedSpecT) -> str:
        return desired.base

    def present(self, desired: NamedSpecT) -> str:
        return desired.name

    def found(self, desired: NamedSpecT, shown: Version) -> Mapping[str, Any]:
        foreign = shown.labels.get(BASE_LABEL) != desired.base
        return {"name": shown.name, "label": UNLABELLED if foreign else LABELLED}

    def plan(self, live: NamedSpecT | None, desired: NamedSpecT) -> Sequence[VersionAction]:
        adopt = live is not None and live.name == desired.name and live.label != desired.label
        return [*([Adopt(desired.name)] if adopt else []), *super().plan(live, desired)]

    def _versions(self, client: Any, desired: NamedSpecT) -> list[Version]:
        return self.store.versions(client, desired.base, desired.name)
