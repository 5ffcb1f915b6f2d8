"""An overlay network of the Swarm: made, or adopted by its name; made anew only while nobody uses it."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from enum import Enum
from typing import Any

from docker.client import DockerClient
from docker.errors import NotFound

from phoenix.clients import swarm
from phoenix.clients.docker_engine import engine, observing, reaching
from phoenix.providers.core.reconciler import Observation, Reconciler
from phoenix.providers.core.refusal import Refuse
from phoenix.providers.core.resource import Resource
from phoenix.providers.core.waiting import wait_until
from phoenix.settings import Settings
from phoenix.specs.swarm import OVERLAY, OverlayNetworkSpec

ALLOCATED_SECONDS = 30.0
_FOR_LIFE = ("attachable", "encrypted")
"""What an engine fixes when it makes a network: https://docs.docker.com/reference/api/engine/ (networks)."""


class Step(Enum):
    """What makes a network."""

    CREATE = "create the network"
    REMOVE = "remove the unused network"

    def __str__(self) -> str:
        return self.value


OverlayNetworkAction = Step | Refuse


class OverlayNetworkReconciler(Reconciler[OverlayNetworkSpec, OverlayNetworkAction]):
    """Talks to the manager's own engine."""

    spec = OverlayNetworkSpec
    replace_on = frozenset({"manager", "name"})

    def identity(self, desired: OverlayNetworkSpec) -> str:
        return f"swarm/{desired.manager.vmid}/network/{desired.name}"

    def observe(self, settings: Settings, desired: OverlayNetworkSpec) -> Observation[OverlayNetworkSpec] | None:
        with observing(desired.manager, str(desired)):
            client = engine(settings, desired.manager)
            if not swarm.in_swarm(client):
                return None
            raw = _find(client, desired.name)
            if raw is None:
                return None
            changes: dict[str, Any] = {
                "kind": _kind(raw),
                "attachable": bool(raw.get("Attachable")),
                "encrypted": _encrypted(raw.get("Options") or {}),
            }
            live = desired.model_copy(update=changes)
            if _wrong(live, desired):
                live = live.model_copy(update={"users": _users(client, raw)})
        return Observation(live)

    def plan(self, live: OverlayNetworkSpec | None, desired: OverlayNetworkSpec) -> Sequence[OverlayNetworkAction]:
        if live is None:
            return [Step.CREATE]
        if live.kind != desired.kind:
            return [Refuse(f"there is another network of that name: {live.kind}", "give one of the two another name")]
        wrong = _wrong(live, desired)
        if wrong and live.users:
            found = ", ".join(f"{name} is {getattr(live, name)}, not {getattr(desired, name)}" for name in wrong)
            return [
                Refuse(
                    f"{found}, which cannot be changed while it is used by {', '.join(live.users)}",
                    "configure what is there, or give the network another name and move its users, or remove them",
                )
            ]
        return [Step.REMOVE, Step.CREATE] if wrong else []

    def perform(self, settings: Settings, desired: OverlayNetworkSpec, action: OverlayNetworkAction) -> None:
        match action:
            case Refuse():
                raise action.error(desired, "take over the network")
            case Step.REMOVE:
                self.remove(settings, desired)
            case Step.CREATE:
                with _reaching(desired, str(action)):
                    client = engine(settings, desired.manager)
                    # what a run before this one made in its last moment
                    if _find(client, desired.name) is None:
                        client.api.create_network(
                            desired.name,
                            driver="overlay",
                            scope="swarm",
                            attachable=desired.attachable,
                            options={"encrypted": ""} if desired.encrypted else None,
                        )

    def remove(self, settings: Settings, spec: OverlayNetworkSpec) -> None:
        """Takes it away; refuses while a service or a container is on it, and leaves what is no overlay alone."""
        with _reaching(spec, "remove"):
            client = engine(settings, spec.manager)
            raw = _find(client, spec.name) if swarm.in_swarm(client) else None
            if raw is None or _kind(raw) != OVERLAY:
                return
            users = _users(client, raw)
            if not users:
                # a container on another node is known to the Swarm alone: its refusal names the task
                _drop(client, raw["Id"])
                return
        advice = "remove them, or move them to another network, then run again"
        raise Refuse(f"it is used by {', '.join(users)}", advice).error(spec, "remove")


def _wrong(live: OverlayNetworkSpec, desired: OverlayNetworkSpec) -> list[str]:
    return [name for name in _FOR_LIFE if getattr(live, name) != getattr(desired, name)]


def _find(client: DockerClient, name: str) -> Mapping[str, Any] | None:
    """The network of exactly that name, the Swarm's before one of the engine alone.

    One that was just made has no driver until the Swarm has given it its addresses; that is waited for.
    """
    found: list[Mapping[str, Any]] = []

    def unallocated() -> str:
        # the engine's own filter takes parts of names
        found[:] = [raw for raw in client.api.networks(names=[name]) if raw["Name"] == name]
        return "" if all(raw["Driver"] for raw in found) else "the Swarm has not given it addresses yet"

    wait_until(unallocated, subject=f"overlay network {name}", limit=ALLOCATED_SECONDS, pause=0.2)
    return min(found, key=lambda raw: _kind(raw) != OVERLAY, default=None)


def _kind(raw: Mapping[str, Any]) -> str:
    if raw["Driver"] == "overlay" and raw["Scope"] == "swarm" and not raw.get("Ingress"):
        return OVERLAY
    return f"driver {raw['Driver']}, scope {raw['Scope']}" + ", ingress" * bool(raw.get("Ingress"))


def _encrypted(options: Mapping[str, str]) -> bool:
    return str(options.get("encrypted", "false")).lower() not in ("false", "0")


def _users(client: DockerClient, raw: Mapping[str, Any]) -> tuple[str, ...]:
    """Services on the network, and containers on it that no service owns, those of the manager at least."""
    handles = {raw["Id"], raw["Name"]}
    services = {
        f"service {service['Spec']['Name']}"
        for service in client.api.services()
        for network in _asked_for(service["Spec"])
        if network["Target"] in handles
    }
    containers = {
        f"container {container['Names'][0].lstrip('/')}"
        for container in client.api.containers(all=True)
        if raw["Name"] in container["NetworkSettings"]["Networks"]
        and "com.docker.swarm.service.id" not in container["Labels"]
    }
    return tuple(sorted(services | containers))


def _asked_for(service: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    # older clients wrote them beside the task's template
    return service["TaskTemplate"].get("Networks") or service.get("Networks") or ()


def _drop(client: DockerClient, identity: str) -> None:
    try:
        client.api.remove_network(identity)
    except NotFound:
        return


def _reaching(spec: OverlayNetworkSpec, operation: str) -> AbstractContextManager[None]:
    advice = f"see `docker network inspect --verbose {spec.name}` on the manager, then run again"
    return reaching(spec.manager, str(spec), operation, advice)


class OverlayNetwork(Resource[OverlayNetworkSpec], reconciler=OverlayNetworkReconciler()):
    """An overlay network."""
