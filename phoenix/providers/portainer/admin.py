"""Portainer's API answers, its version fits the engines, and the stack's password is its administrator's."""

from collections.abc import Sequence
from enum import Enum
from http import HTTPStatus

from phoenix.clients.portainer import Portainer, PortainerError, asking, portainer
from phoenix.errors import UnobservableError
from phoenix.providers.core.reconciler import Observation, Reconciler
from phoenix.providers.core.refusal import Refuse
from phoenix.providers.core.resource import Resource
from phoenix.providers.core.waiting import wait_until
from phoenix.providers.portainer.fit import misfit, oldest_api
from phoenix.settings import Settings
from phoenix.specs.portainer import ACCEPTED, ANSWERING, PortainerAdminSpec, PortainerServer

START_SECONDS = 120.0
_RESTART = "restart the service (`docker service update --force` on the manager), then run again"
_PASSWORD = Refuse(
    "the administrator has another password than the stack's",
    "Portainer changes it only for whoever knows the old one: set phoenix:portainerAdminPassword to the old one, or "
    "change it in the UI under My account; if it is lost, run portainer/helper-reset-password on the data volume",
)
# from 2.43 on: https://docs.portainer.io/release-notes
_TOKEN = Refuse(
    "it makes its first administrator only for who has the setup token of its log",
    "let it make the administrator when it starts, by --admin-password-file with the secret that has the password, as "
    "stacks/portainer_service does",
)


class Step(Enum):
    """What makes an administrator."""

    AWAIT_API = "wait for the API"
    AWAIT_VERSION = "wait for the version of its image"
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
        seen = desired.model_copy(update={"oldest_api": oldest_api(settings, desired.engines)})
        try:
            seen = seen.model_copy(update={"version": str(server.status()["Version"])})
            if not server.initialised():
                return None
            server.login()
        except UnobservableError as error:
            # it may be that this very run starts it: an answer that is due, not a state that cannot be told
            return Observation(seen.model_copy(update={"api": error.cause}))
        except PortainerError as error:
            if error.status == HTTPStatus.UNPROCESSABLE_ENTITY:
                return Observation(seen.model_copy(update={"api": ANSWERING, "password": "refused"}))
            return Observation(seen.model_copy(update={"api": str(error)}))
        return Observation(seen.model_copy(update={"api": ANSWERING, "password": ACCEPTED}))

    def managed(self, recorded: PortainerAdminSpec, desired: PortainerAdminSpec) -> PortainerAdminSpec:
        if misfit(recorded, desired):
            return recorded
        version = recorded.version if desired.version else ""
        return recorded.model_copy(update={"version": version, "oldest_api": None})

    def plan(self, live: PortainerAdminSpec | None, desired: PortainerAdminSpec) -> Sequence[PortainerAdminAction]:
        if live is None:
            return [Step.ESTABLISH]
        if refusal := misfit(live, desired):
            raise refusal.error(desired, "use it")
        if live.api != desired.api:
            return [Step.AWAIT_API, Step.ESTABLISH]
        await_version = [Step.AWAIT_VERSION] if desired.version not in ("", live.version) else []
        return [*await_version, *([_PASSWORD] if live.password != desired.password else [])]

    def perform(self, settings: Settings, desired: PortainerAdminSpec, action: PortainerAdminAction) -> None:
        if isinstance(action, Refuse):
            raise action.error(desired, "log in")
        if action is Step.AWAIT_API:
            left = wait_until(lambda: _silence(settings, desired.server), subject=desired, limit=START_SECONDS)
            if left:
                refusal = Refuse(f"no API after {START_SECONDS:.0f} s: {left}", "see the service's log on the manager")
                raise refusal.error(desired, str(action))
            return
        if action is Step.AWAIT_VERSION:
            left = wait_until(lambda: _other_version(settings, desired), subject=desired, limit=START_SECONDS)
            if left:
                raise Refuse(left, "see which image the service runs: `docker service ps` on the manager").error(
                    desired, str(action)
                )
            return
        with asking(desired.server, str(desired), str(action), _RESTART):
            server = portainer(settings, desired.server)
            if not server.initialised():
                _initialise(server, desired)
            try:
                server.login()
            except PortainerError as error:
                if error.status != HTTPStatus.UNPROCESSABLE_ENTITY:
                    raise
                raise _PASSWORD.error(desired, "log in") from None

    def remove(self, settings: Settings, spec: PortainerAdminSpec) -> None:
        """Nothing: the administrator goes with the server's data."""


def _initialise(server: Portainer, desired: PortainerAdminSpec) -> None:
    try:
        server.initialise()
    except PortainerError as error:
        if error.status != HTTPStatus.FORBIDDEN:
            raise
        raise _TOKEN.error(desired, "make the administrator") from None


def _other_version(settings: Settings, desired: PortainerAdminSpec) -> str:
    try:
        version = portainer(settings, desired.server).status()["Version"]
    except (UnobservableError, PortainerError) as error:
        return error.cause if isinstance(error, UnobservableError) else str(error)
    return "" if version == desired.version else f"it answers as {version}, and its image is tagged {desired.version}"


def _silence(settings: Settings, server: PortainerServer) -> str:
    try:
        portainer(settings, server).status()
    except UnobservableError as error:
        return error.cause
    except PortainerError as error:
        return str(error)
    return ""


class PortainerAdmin(Resource[PortainerAdminSpec], reconciler=PortainerAdminReconciler()):
    """Portainer's API and administrator."""
