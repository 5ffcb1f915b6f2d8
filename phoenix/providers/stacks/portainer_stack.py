"""A stack that Portainer owns: made and changed through its API, and awaited until its services run."""

import json
from collections.abc import Mapping, Sequence
from enum import Enum
from http import HTTPStatus
from typing import Any

import pulumi

from phoenix.clients.portainer import Portainer, PortainerError, asking, observing, portainer
from phoenix.providers.core.reconciler import Observation, Reconciler
from phoenix.providers.core.refusal import Refuse
from phoenix.providers.core.resource import Resource
from phoenix.providers.core.waiting import wait_until
from phoenix.providers.portainer.endpoint import endpoint_id, gone_is_fine
from phoenix.providers.stacks import background, deployed, services
from phoenix.providers.stacks.variables import referred, resolved
from phoenix.redaction import register
from phoenix.settings import Settings
from phoenix.specs.stacks import PortainerStackSpec

REMOVE_SECONDS = 60.0


class PortainerStackAction(Enum):
    """What makes a stack run."""

    CREATE = "create it and wait until its services run"
    ASSOCIATE = "give it back to its environment, which was made again"
    UPDATE = "deploy it again and wait until its services run"

    def __str__(self) -> str:
        return self.value


class ProxiedApi:
    """The engine's API behind an environment, as `stack_services` wants it."""

    def __init__(self, server: Portainer, endpoint: int) -> None:
        self._server = server
        self._base = f"endpoints/{endpoint}/docker"

    def get(self, path: str, params: Mapping[str, str]) -> Any:
        return self._server.get(f"{self._base}/{path}", params)

    def raw(self, path: str, params: Mapping[str, str]) -> bytes:
        return self._server.raw(f"{self._base}/{path}", params)

    def post(self, path: str, params: Mapping[str, str], body: Any) -> Any:
        return self._server.request("POST", f"{self._base}/{path}", params=params, json=body)


class PortainerStackReconciler(Reconciler[PortainerStackSpec, PortainerStackAction]):
    spec = PortainerStackSpec
    replace_on = frozenset({"server", "endpoint", "name"})
    secret = frozenset({"env"})

    def identity(self, desired: PortainerStackSpec) -> str:
        return f"portainer/stack/{desired.name}"

    def admit(self, settings: Settings, desired: PortainerStackSpec) -> None:
        """A stack that Portainer did not deploy: it makes none of a name that runs already."""
        with observing(desired.server, str(desired)):
            server = portainer(settings, desired.server)
            endpoint = endpoint_id(server, desired.endpoint)
            if endpoint is None or _found(server, desired.name, endpoint) is not None:
                return
            running = services.fetch(ProxiedApi(server, endpoint), desired.name)
        if running:
            advice = (
                f"take it away (`docker stack rm {desired.name}` on the manager; its volumes stay) and run again, "
                "or let the Swarm deploy it: deployed_by: swarm"
            )
            raise Refuse("a stack of that name runs already, and Portainer takes over none", advice).error(
                desired, "create it"
            )

    def observe(self, settings: Settings, desired: PortainerStackSpec) -> Observation[PortainerStackSpec] | None:
        with observing(desired.server, str(desired)):
            server = portainer(settings, desired.server)
            endpoint = endpoint_id(server, desired.endpoint)
            found = None if endpoint is None else _found(server, desired.name, endpoint)
            if endpoint is None or found is None:
                return None
            if found["EndpointId"] != endpoint:
                lost = f"an environment that is gone (ID {found['EndpointId']})"
                return Observation(desired.model_copy(update={"endpoint": lost}))
            compose = server.get(f"stacks/{found['Id']}/file")["StackFileContent"]
            condition = deployed.condition(ProxiedApi(server, endpoint), settings, desired)
        env = {pair["name"]: pair["value"] for pair in found.get("Env") or ()}
        register(*env.values())
        changes = {"compose": compose, "env": referred(env, desired.env, settings), "condition": condition}
        return Observation(desired.model_copy(update=changes))

    def plan(self, live: PortainerStackSpec | None, desired: PortainerStackSpec) -> Sequence[PortainerStackAction]:
        if live is None:
            return [PortainerStackAction.CREATE]
        if live.endpoint != desired.endpoint:
            return [PortainerStackAction.ASSOCIATE, PortainerStackAction.UPDATE]
        same = (live.compose, live.env, live.condition) == (desired.compose, desired.env, desired.condition)
        return [] if same else [PortainerStackAction.UPDATE]

    def perform(self, settings: Settings, desired: PortainerStackSpec, action: PortainerStackAction) -> None:
        advice = "correct the stack's compose file or what it refers to; what ran before still runs"
        with asking(desired.server, str(desired), str(action), advice):
            server = portainer(settings, desired.server)
            endpoint = endpoint_id(server, desired.endpoint)
            if endpoint is None:
                raise PortainerError(HTTPStatus.NOT_FOUND, f"there is no environment {desired.endpoint}")
            try:
                self._change(server, endpoint, desired, resolved(settings, desired.env), action)
            except PortainerError as error:
                raise PortainerError(error.status, services.without_notice(error.said)) from None
        if action is PortainerStackAction.ASSOCIATE:
            return
        with asking(desired.server, str(desired), "wait for its services", "run again"):
            api = ProxiedApi(server, endpoint)
            deployed.settle(api, settings, desired, str(action))

    def remove(self, settings: Settings, spec: PortainerStackSpec) -> None:
        with asking(spec.server, str(spec), "remove it", "see whether Portainer answers, then run again"):
            server = portainer(settings, spec.server)
            endpoint = endpoint_id(server, spec.endpoint)
            found = None if endpoint is None else _found(server, spec.name, endpoint)
            if endpoint is None or found is None:
                return
            path = f"stacks/{found['Id']}?endpointId={found['EndpointId']}"
            api = ProxiedApi(server, endpoint)
            left = wait_until(lambda: _remnant(server, path, spec.name, api), subject=spec, limit=REMOVE_SECONDS)
        if left:
            refusal = Refuse(f"{left} after {REMOVE_SECONDS:.0f} s", "see `docker stack ps` on the manager")
            raise refusal.error(spec, "remove it")

    @staticmethod
    def _change(
        server: Portainer,
        endpoint: int,
        desired: PortainerStackSpec,
        variables: Mapping[str, str],
        action: PortainerStackAction,
    ) -> None:
        where = {"endpointId": str(endpoint)}
        body: dict[str, Any] = {
            "stackFileContent": desired.compose,
            "env": [{"name": key, "value": value} for key, value in sorted(variables.items())],
        }
        found = _found(server, desired.name, endpoint)
        if background.is_deploying(found):
            # it refuses a change meanwhile; how that deployment ends makes no difference to this one
            background.await_end(lambda: _found(server, desired.name, endpoint), desired)
        answer: Any = None
        match action:
            case PortainerStackAction.ASSOCIATE if found is not None:
                target = where | {"swarmId": _swarm_id(server, endpoint), "orphanedRunning": "true"}
                server.request("PUT", f"stacks/{found['Id']}/associate", params=target)
            case _ if found is not None:
                body |= {"prune": True, "pullImage": False}
                answer = server.request("PUT", f"stacks/{found['Id']}", params=where, json=body)
            case _:
                body |= {"name": desired.name, "swarmID": _swarm_id(server, endpoint)}
                answer = server.request("POST", "stacks/create/swarm/string", params=where, json=body)
        if background.is_deploying(answer):
            left = background.await_end(lambda: _found(server, desired.name, endpoint), desired)
            if left:
                raise PortainerError(HTTPStatus.INTERNAL_SERVER_ERROR, left)


def _found(server: Portainer, name: str, endpoint: int) -> Mapping[str, Any] | None:
    """The stack of that name in the environment, or an orphan of it whose environment is gone."""
    filters = json.dumps({"SwarmID": _swarm_id(server, endpoint), "IncludeOrphanedStacks": True})
    named = [stack for stack in server.get("stacks", {"filters": filters}) or () if stack["Name"] == name]
    return min(named, key=lambda stack: stack["EndpointId"] != endpoint, default=None)


def _swarm_id(server: Portainer, endpoint: int) -> str:
    swarm = server.get(f"endpoints/{endpoint}/docker/swarm")
    register(*swarm.get("JoinTokens", {}).values())
    return str(swarm["ID"])


def _remnant(server: Portainer, path: str, name: str, api: ProxiedApi) -> str:
    """Deletes it; what is left. The first attempt fails while tasks that are ending still use its networks."""
    try:
        gone_is_fine(server, path)
    except PortainerError as error:
        return services.without_notice(error.said)
    found = services.fetch(api, name)
    return f"{len(found)} services are still there" if found else ""


class PortainerStack(Resource[PortainerStackSpec], reconciler=PortainerStackReconciler()):
    """A stack deployed through Portainer."""

    condition: pulumi.Output[str]
