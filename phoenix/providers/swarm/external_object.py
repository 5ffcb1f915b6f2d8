"""Docker secrets and configs that somebody else makes: a missing one is told before any stack is touched."""

from collections.abc import Sequence

import pulumi

from phoenix.clients import swarm
from phoenix.clients.docker_engine import engine, observing
from phoenix.clients.swarm_objects import Store
from phoenix.errors import UnobservableError
from phoenix.providers.core.reconciler import Observation, Reconciler
from phoenix.providers.core.refusal import Refuse
from phoenix.providers.core.resource import Resource
from phoenix.settings import Settings
from phoenix.specs.swarm import ExternalObjectSpec


class ExternalObjectReconciler(Reconciler[ExternalObjectSpec, Refuse]):
    spec = ExternalObjectSpec
    replace_on = frozenset({"manager", "kind", "name"})

    def identity(self, desired: ExternalObjectSpec) -> str:
        return f"external-{desired.kind}/{desired.manager.vmid}/{desired.name}"

    def admit(self, settings: Settings, desired: ExternalObjectSpec) -> None:
        with observing(desired.manager, str(desired)):
            if not swarm.in_swarm(engine(settings, desired.manager)):
                cause = "there is no Swarm yet"
                raise UnobservableError(resource=str(desired), host=desired.host, cause=cause)
        if self.observe(settings, desired) is None:
            raise _missing(desired).error(desired, "look for it")

    def observe(self, settings: Settings, desired: ExternalObjectSpec) -> Observation[ExternalObjectSpec] | None:
        with observing(desired.manager, str(desired)):
            client = engine(settings, desired.manager)
            there = swarm.in_swarm(client) and Store(desired.kind).has(client, desired.name)
        return Observation(desired) if there else None

    def plan(self, live: ExternalObjectSpec | None, desired: ExternalObjectSpec) -> Sequence[Refuse]:
        return [_missing(desired)] if live is None else []

    def perform(self, settings: Settings, desired: ExternalObjectSpec, action: Refuse) -> None:  # noqa: ARG002
        raise action.error(desired, "look for it")

    def remove(self, settings: Settings, spec: ExternalObjectSpec) -> None:
        """It is somebody else's."""


def _missing(desired: ExternalObjectSpec) -> Refuse:
    advice = f"make it with `docker {desired.kind} create {desired.name} -` on the manager, then run again"
    return Refuse(f"the Swarm has no {desired.kind} of that name", advice)


class ExternalObject(Resource[ExternalObjectSpec], reconciler=ExternalObjectReconciler()):
    """A secret or config of the Swarm that must be there; services refer to its `name`."""

    name: pulumi.Output[str]
