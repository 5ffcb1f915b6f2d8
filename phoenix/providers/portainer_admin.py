"""Portainer's API answers, it has its administrator, and the stack's password is the administrator's."""

from collections.abc import Mapping, Sequence
from enum import Enum
from http import HTTPStatus
from typing import Any

import pulumi

from phoenix.clients.portainer import PortainerError, PortainerServer, asking, portainer
from phoenix.errors import UnobservableError
from phoenix.providers.adapter import Provider, Resource
from phoenix.providers.patience import wait_until
from phoenix.providers.reconciler import Observation, Reconciler, Spec
from phoenix.providers.refusal import Refuse
from phoenix.settings import Settings

ANSWERING = "answering"
ACCEPTED = "accepted"
START_SECONDS = 120.0
_RESTART = "restart the service (`docker service update --force` on the manager), then run again"
_PASSWORD = Refuse(
    "the administrator has another password than the stack's",
    "Portainer changes it only for whoever knows the old one: set phoenix:portainerAdminPassword to the old one, or "
    "change it in the UI under My account; if it is lost, run portainer/helper-reset-password on the data volume",
)


class PortainerAdminSpec(Spec):
    """The password is a setting, not an input; the last two fields are live states."""

    server: PortainerServer
    api: str = ANSWERING
    password: str = ACCEPTED


class Step(Enum):
    """What makes an administrator."""

    AWAIT_API = "wait for the API"
    ESTABLISH = "make the administrator and log in"

    def __str__(self) -> str:
        return self.value


PortainerAdminAction = Step | Refuse


class PortainerAdminReconciler(Reconciler[PortainerAdminSpec, PortainerAdminAction]):
    spec = PortainerAdminSpec
    replace_on = frozenset({"server"})

    def identity(self, desired: PortainerAdminSpec) -> str:
        return f"portainer/{desired.server.url}"

    def observe(self, settings: Settings, desired: PortainerAdminSpec) -> Observation[PortainerAdminSpec] | None:
        server = portainer(settings, desired.server)
        try:
            if not server.initialised():
                return None
            server.login()
        except UnobservableError as error:
            # it may be that this very run starts it: an answer that is due, not a state that cannot be told
            return Observation(desired.model_copy(update={"api": error.cause}))
        except PortainerError as error:
            if error.status == HTTPStatus.UNPROCESSABLE_ENTITY:
                return Observation(desired.model_copy(update={"api": ANSWERING, "password": "refused"}))
            return Observation(desired.model_copy(update={"api": str(error)}))
        return Observation(desired.model_copy(update={"api": ANSWERING, "password": ACCEPTED}))

    def plan(self, live: PortainerAdminSpec | None, desired: PortainerAdminSpec) -> Sequence[PortainerAdminAction]:
        if live is None:
            return [Step.ESTABLISH]
        if live.api != desired.api:
            return [Step.AWAIT_API, Step.ESTABLISH]
        return [_PASSWORD] if live.password != desired.password else []

    def perform(self, settings: Settings, desired: PortainerAdminSpec, action: PortainerAdminAction) -> None:
        host = desired.server.url
        if isinstance(action, Refuse):
            raise action.error(_resource(desired), "log in", host)
        if action is Step.AWAIT_API:
            left = wait_until(
                lambda: _silence(settings, desired.server), subject=_resource(desired), limit=START_SECONDS
            )
            if left:
                refusal = Refuse(f"no API after {START_SECONDS:.0f} s: {left}", "see the service's log on the manager")
                raise refusal.error(_resource(desired), str(action), host)
            return
        with asking(desired.server, _resource(desired), str(action), _RESTART):
            server = portainer(settings, desired.server)
            if not server.initialised():
                server.initialise()
            try:
                server.login()
            except PortainerError as error:
                if error.status != HTTPStatus.UNPROCESSABLE_ENTITY:
                    raise
                raise _PASSWORD.error(_resource(desired), "log in", host) from None

    def remove(self, settings: Settings, spec: PortainerAdminSpec) -> None:
        """Nothing: the administrator goes with the server's data."""


def _silence(settings: Settings, server: PortainerServer) -> str:
    try:
        portainer(settings, server).status()
    except UnobservableError as error:
        return error.cause
    except PortainerError as error:
        return str(error)
    return ""


def _resource(desired: PortainerAdminSpec) -> str:
    return f"Portainer administrator {desired.server.user}"


class PortainerAdminProvider(Provider[PortainerAdminSpec]):
    """Adapter of the kind."""

    reconciler = PortainerAdminReconciler()


class PortainerAdmin(Resource, module="phoenix", name="PortainerAdmin"):
    """Portainer's API and administrator."""

    def __init__(
        self, name: str, props: Mapping[str, pulumi.Input[Any]], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(PortainerAdminProvider(), name, props, (), opts)
