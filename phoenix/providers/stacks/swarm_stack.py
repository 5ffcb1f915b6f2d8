"""A stack that the Swarm itself deploys, with `docker stack deploy` on its manager."""

import shlex
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

import pulumi
import requests
from docker.client import DockerClient
from docker.errors import APIError, create_api_error_from_http_exception

from phoenix.clients.docker_engine import engine, observing, reaching
from phoenix.clients.shell import open_shell
from phoenix.providers.core.reconciler import Observation, Reconciler
from phoenix.providers.core.refusal import Refuse
from phoenix.providers.core.resource import Resource
from phoenix.providers.core.waiting import wait_until
from phoenix.providers.stacks import deployed, services
from phoenix.providers.stacks.variables import resolved
from phoenix.redaction import redact
from phoenix.settings import Settings
from phoenix.specs.stacks import PortainerStackSpec, SwarmStackSpec

DEPLOY_SECONDS = 120.0
REMOVE_SECONDS = 60.0


class SwarmStackAction(Enum):
    """What makes a stack run."""

    DEPLOY = "deploy it and wait until its services run"

    def __str__(self) -> str:
        return self.value


class EngineApi:
    """The engine's API as `stack_services` wants it."""

    def __init__(self, client: DockerClient) -> None:
        self._api = client.api
        self._base = f"{client.api.base_url}/v{client.api.api_version}"

    def get(self, path: str, params: Mapping[str, str]) -> Any:
        return self._answer(self._api.get(f"{self._base}/{path}", params=dict(params), timeout=self._api.timeout))

    def raw(self, path: str, params: Mapping[str, str]) -> bytes:
        found = self._api.get(f"{self._base}/{path}", params=dict(params), timeout=self._api.timeout)
        return found.content if found.ok else b""

    def post(self, path: str, params: Mapping[str, str], body: Any) -> Any:
        url = f"{self._base}/{path}"
        return self._answer(self._api.post(url, params=dict(params), json=body, timeout=self._api.timeout))

    @staticmethod
    def _answer(response: requests.Response) -> Any:
        try:
            response.raise_for_status()
        except requests.HTTPError as error:
            raise create_api_error_from_http_exception(error) from None
        return response.json()


class SwarmStackReconciler(Reconciler[SwarmStackSpec, SwarmStackAction]):
    spec = SwarmStackSpec
    replace_on = frozenset({"manager", "name"})
    secret = frozenset({"env"})

    def identity(self, desired: SwarmStackSpec) -> str:
        return f"swarm/{desired.manager.vmid}/stack/{desired.name}"

    def admit(self, settings: Settings, desired: SwarmStackSpec) -> None:
        """A stack that Portainer deployed: with its entry there, Portainer would take the services away."""
        with observing(desired.manager, str(desired)):
            found = services.deployers(EngineApi(engine(settings, desired.manager)), desired.name)
        if PortainerStackSpec.deployer in found:
            advice = "take the stack out of docker_stacks and run, then list it again; its volumes stay"
            raise Refuse("Portainer deploys it, and takes its services away with its entry", advice).error(
                desired, "deploy it"
            )

    def observe(self, settings: Settings, desired: SwarmStackSpec) -> Observation[SwarmStackSpec] | None:
        with observing(desired.manager, str(desired)):
            api = EngineApi(engine(settings, desired.manager))
            if not services.fetch(api, desired.name):
                return None
            condition = deployed.condition(api, settings, desired)
        return Observation(desired.model_copy(update={"condition": condition}))

    def plan(self, live: SwarmStackSpec | None, desired: SwarmStackSpec) -> Sequence[SwarmStackAction]:
        return [] if live is not None and live.condition == desired.condition else [SwarmStackAction.DEPLOY]

    def perform(self, settings: Settings, desired: SwarmStackSpec, action: SwarmStackAction) -> None:
        shell = open_shell(settings, desired.manager)
        script = deployment(desired, resolved(settings, desired.env))
        done = shell.run(["sh", "-eu"], stdin=script, timeout=DEPLOY_SECONDS, check=False)
        if done.exit_code != 0:
            advice = "correct the stack's compose file; what ran before still runs"
            cause = redact(services.without_notice(done.complaint))
            raise Refuse(cause, advice).error(desired, str(action))
        with reaching(desired.manager, str(desired), str(action), "run again"):
            api = EngineApi(engine(settings, desired.manager))
            deployed.settle(api, settings, desired, str(action))

    def remove(self, settings: Settings, spec: SwarmStackSpec) -> None:
        label = {"label": f"{services.NAMESPACE_LABEL}={spec.name}"}
        with reaching(spec.manager, str(spec), "remove it", "see `docker stack ps` on the manager"):
            client = engine(settings, spec.manager)
            if client.info()["Swarm"]["LocalNodeState"] == "inactive":
                return
            for service in client.api.services(filters=label):
                client.api.remove_service(service["ID"])
            left = wait_until(lambda: _remove_remnants(client, label), subject=spec, limit=REMOVE_SECONDS)
        if left:
            refusal = Refuse(f"{left} after {REMOVE_SECONDS:.0f} s", "see whether something else uses it, run again")
            raise refusal.error(spec, "remove it")


def deployment(desired: SwarmStackSpec, variables: Mapping[str, str]) -> bytes:
    """The shell script that deploys with these variables: it holds secrets, and goes by standard input."""
    exports = [f"export {key}={shlex.quote(value)}" for key, value in sorted(variables.items())]
    deploy = ["docker", "stack", "deploy", "--compose-file", "-", "--with-registry-auth", "--prune", desired.name]
    lines = [*exports, "cd /"]
    # printf is the shell's own, so that the text is in no process's arguments
    lines.append(f"printf %s {shlex.quote(desired.compose)} | {shlex.join(deploy)}")
    return "\n".join([*lines, ""]).encode()


def _remove_remnants(client: DockerClient, label: Mapping[str, str]) -> str:
    tasks = [task for task in client.api.tasks(filters=label) if task["Status"]["State"] in ("running", "starting")]
    if tasks:
        return f"{len(tasks)} tasks still run"
    for kind, listed, remove in (
        ("secret", client.api.secrets, client.api.remove_secret),
        ("config", client.api.configs, client.api.remove_config),
        ("network", client.api.networks, client.api.remove_network),
    ):
        for each in listed(filters=label):
            try:
                remove(each.get("ID") or each["Id"])
            except APIError as error:
                if error.status_code != 404:
                    return f"{kind} {each.get('Name') or each['Spec']['Name']} stays: {error.explanation}"
    return ""


class SwarmStack(Resource[SwarmStackSpec], reconciler=SwarmStackReconciler()):
    """A stack deployed by the Swarm's manager."""

    condition: pulumi.Output[str]
