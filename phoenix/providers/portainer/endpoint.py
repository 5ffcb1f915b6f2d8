"""An environment of Portainer that is reached through its agent."""

from collections.abc import Mapping, Sequence
from enum import Enum
from http import HTTPStatus
from typing import Any

import pulumi

from phoenix.clients.docker_engine import engine, reaching
from phoenix.clients.portainer import Portainer, PortainerError, asking, observing, portainer
from phoenix.errors import UnobservableError
from phoenix.providers.core.reconciler import Observation, Reconciler
from phoenix.providers.core.refusal import Refuse
from phoenix.providers.core.resource import Resource
from phoenix.providers.core.waiting import wait_until
from phoenix.settings import Settings
from phoenix.specs.portainer import UP, PortainerEndpointSpec
from phoenix.specs.target import VmTarget

AGENT = "2"
"""EndpointCreationType of an agent."""
UP_SECONDS = 90.0
FOUND_SECONDS = 30.0
"""How long agents have to find each other before the next of them is started again."""
ROUNDS = 2
"""After a boot the engines' own networks take up to a minute to meet; an agent that starts before stays alone."""
_AGENT_ADVICE = (
    "see the agent's log; AGENT_SECRET must be the same on the server and its agents, and 9001 open between them"
)


class PortainerEndpointAction(Enum):
    """What makes an environment."""

    CREATE = "register it"
    UPDATE = "change it in place"
    AWAIT_UP = "wait until its agent answers"

    def __str__(self) -> str:
        return self.value


class PortainerEndpointReconciler(Reconciler[PortainerEndpointSpec, PortainerEndpointAction]):
    spec = PortainerEndpointSpec
    replace_on = frozenset({"server", "name"})

    def identity(self, desired: PortainerEndpointSpec) -> str:
        return f"portainer/endpoint/{desired.name}"

    def observe(self, settings: Settings, desired: PortainerEndpointSpec) -> Observation[PortainerEndpointSpec] | None:
        with observing(desired.server, str(desired)):
            server = portainer(settings, desired.server)
            found = _found(server, desired)
            if found is None:
                return None
            status = reachable(server, found["Id"])
        tls = found.get("TLSConfig") or {}
        live = desired.model_copy(
            update={
                "name": found["Name"],
                "endpoint_url": found["URL"],
                "group": found["GroupId"],
                "tls": bool(tls.get("TLS")),
                "tls_skip_verify": bool(tls.get("TLSSkipVerify")),
                "status": status or UP,
            }
        )
        return Observation(live, {"endpoint_id": found["Id"]})

    def plan(
        self, live: PortainerEndpointSpec | None, desired: PortainerEndpointSpec
    ) -> Sequence[PortainerEndpointAction]:
        if live is None:
            return [PortainerEndpointAction.CREATE, PortainerEndpointAction.AWAIT_UP]
        if live == desired:
            return []
        changed = live.model_copy(update={"status": desired.status}) != desired
        return [PortainerEndpointAction.UPDATE] * changed + [PortainerEndpointAction.AWAIT_UP]

    def perform(self, settings: Settings, desired: PortainerEndpointSpec, action: PortainerEndpointAction) -> None:
        with asking(desired.server, str(desired), str(action), _AGENT_ADVICE):
            server = portainer(settings, desired.server)
            match action:
                case PortainerEndpointAction.CREATE:
                    left = wait_until(lambda: _created(server, desired), subject=desired, limit=UP_SECONDS, pause=2.0)
                case PortainerEndpointAction.UPDATE:
                    left = _updated(server, desired)
                case PortainerEndpointAction.AWAIT_UP:
                    for target in desired.agents * ROUNDS:
                        if _until_up(server, desired, FOUND_SECONDS):
                            _restart_agent(settings, desired, target)
                    left = _until_up(server, desired, UP_SECONDS)
        if left:
            raise Refuse(left, _AGENT_ADVICE).error(desired, str(action))

    def remove(self, settings: Settings, spec: PortainerEndpointSpec) -> None:
        with asking(spec.server, str(spec), "remove it", "see whether Portainer answers, then run again"):
            server = portainer(settings, spec.server)
            endpoint = endpoint_id(server, spec.name)
            if endpoint is not None:
                gone_is_fine(server, f"endpoints/{endpoint}")


def _until_up(server: Portainer, desired: PortainerEndpointSpec, limit: float) -> str:
    return wait_until(lambda: _obstacle(server, desired), subject=desired, limit=limit)


def _restart_agent(settings: Settings, desired: PortainerEndpointSpec, target: VmTarget) -> None:
    # agents look for each other, and for their node's role, only when they start: after a boot each may stay alone
    # for good, and a manager's may take itself for a worker's
    port = desired.endpoint_url.rpartition(":")[2]
    with reaching(target, str(desired), "start its agent again", _AGENT_ADVICE):
        for container in engine(settings, target).containers.list(filters={"publish": port}):
            # the Swarm starts the task again
            container.kill()


def endpoint_id(server: Portainer, name: str) -> int | None:
    """The ID of the environment of that name."""
    return next((int(each["Id"]) for each in server.get("endpoints", {"name": name})), None)


def gone_is_fine(server: Portainer, path: str) -> None:
    """DELETE /api/`path`; 404 is success."""
    try:
        server.request("DELETE", path)
    except PortainerError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise


def reachable(server: Portainer, endpoint: int) -> str:
    """Why stacks cannot be deployed through an environment; "" when they can. The status that Portainer stores lags.

    The Swarm itself is asked: the agent of a worker needs the way to a manager's, which comes after its own engine.
    """
    try:
        server.get(f"endpoints/{endpoint}/docker/swarm")
    except PortainerError as error:
        return f"down: {error}"
    return ""


def _found(server: Portainer, desired: PortainerEndpointSpec) -> Mapping[str, Any] | None:
    """By name, else by URL: Portainer would accept a second environment with the same agent."""
    every: list[Mapping[str, Any]] = server.get("endpoints")
    named = next((each for each in every if each["Name"] == desired.name), None)
    return named or next((each for each in every if each["URL"] == desired.endpoint_url), None)


def _created(server: Portainer, desired: PortainerEndpointSpec) -> str:
    """Registers it; the reason when its agent cannot be reached yet."""
    if _found(server, desired) is not None:
        return ""
    fields = {
        "Name": desired.name,
        "EndpointCreationType": AGENT,
        "URL": desired.endpoint_url,
        "GroupID": str(desired.group),
        "TLS": str(desired.tls).lower(),
        "TLSSkipVerify": str(desired.tls_skip_verify).lower(),
        "TLSSkipClientVerify": "true",
    }
    try:
        # a multipart form, although no file goes with it: JSON is refused
        server.request("POST", "endpoints", files={key: (None, value) for key, value in fields.items()})
    except PortainerError as error:
        if error.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            raise
        return error.said
    return ""


def _updated(server: Portainer, desired: PortainerEndpointSpec) -> str:
    """Changes it; the reason when another environment holds the URL."""
    found = _found(server, desired)
    if found is None:
        return "it is gone"
    every = server.get("endpoints")
    double = next(
        (each["Name"] for each in every if each["URL"] == desired.endpoint_url and each["Id"] != found["Id"]), None
    )
    if double:
        return f"environment {double} has the URL {desired.endpoint_url}; remove one of the two"
    body = {
        "Name": desired.name,
        "URL": desired.endpoint_url,
        "GroupID": desired.group,
        "TLS": desired.tls,
        "TLSSkipVerify": desired.tls_skip_verify,
        "TLSSkipClientVerify": True,
    }
    server.request("PUT", f"endpoints/{found['Id']}", json=body)
    return ""


def _obstacle(server: Portainer, desired: PortainerEndpointSpec) -> str:
    endpoint = endpoint_id(server, desired.name)
    try:
        return "it is not registered" if endpoint is None else reachable(server, endpoint)
    except UnobservableError as error:
        return error.cause


class PortainerEndpoint(Resource[PortainerEndpointSpec], reconciler=PortainerEndpointReconciler()):
    """An environment behind an agent."""

    endpoint_id: pulumi.Output[int]
    status: pulumi.Output[str]
