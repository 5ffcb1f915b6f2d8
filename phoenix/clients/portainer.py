"""Portainer's API: https://docs.portainer.io/api/docs, as servers from CE 2.23 on answer.

One logged-in session a server and process. Bodies are never logged: some hold password hashes or join tokens.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any

import requests

from phoenix.clients import files
from phoenix.clients.ahead import answered
from phoenix.clients.pinned import PinnedAdapter
from phoenix.clients.private_directory import private_directory
from phoenix.clients.shell import open_shell
from phoenix.errors import OperationError, PhoenixError, UnobservableError
from phoenix.redaction import redact, register
from phoenix.settings import Settings
from phoenix.specs.portainer import PortainerServer
from phoenix.specs.target import NodeTarget

TIMEOUT = (5.0, 120.0)
"""Seconds to connect, and between two bytes of an answer: a stack is created while the request waits."""


class PortainerError(PhoenixError):
    """Portainer refused; `status` is the HTTP status, `said` its own words."""

    def __init__(self, status: int, said: str) -> None:
        self.status = status
        self.said = said
        super().__init__(f"HTTP {status}: {said}")


class Portainer:
    """The API of one server; safe to use from several threads."""

    def __init__(self, settings: Settings, server: PortainerServer, root: Path) -> None:
        self._settings = settings
        self.server = server
        self._lock = threading.Lock()
        self._token: str | None = None
        self._http = requests.Session()
        # REQUESTS_CA_BUNDLE or a proxy of the machine must not replace the pinned root
        self._http.trust_env = False
        self._http.verify = str(root)
        self._http.mount("https://", PinnedAdapter())
        # the cookie that a login sets turns on Portainer's CSRF check, which then refuses every change
        self._http.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        """GET /api/`path`. Raises PortainerError, or UnobservableError when the server does not answer."""
        question = ("portainer", self.server, path, tuple(sorted((params or {}).items())))
        return answered(question, lambda: self.request("GET", path, params=params))

    def request(self, method: str, path: str, **given: Any) -> Any:
        """A request with a valid token, renewed once when it is refused; the answer's JSON, None when it has none."""
        return _content(self._answer(method, path, **given))

    def raw(self, path: str, params: Mapping[str, str]) -> bytes:
        """What a GET is answered with, word by word; nothing where it is refused."""
        answer = self._answer("GET", path, params=params)
        return answer.content if answer.ok else b""

    def _answer(self, method: str, path: str, **given: Any) -> requests.Response:
        token = self._logged_in(None)
        answer = self._send(method, path, token, **given)
        if answer.status_code == HTTPStatus.UNAUTHORIZED:
            answer = self._send(method, path, self._logged_in(token), **given)
        return answer

    def status(self) -> Mapping[str, Any]:
        """`Version` and `InstanceID`; answered before anybody can log in."""
        answer = answered(("portainer", self.server, "status"), lambda: self._send("GET", "system/status", None))
        said: Mapping[str, Any] = _content(answer)
        return said

    def initialised(self) -> bool:
        """Whether there is an administrator."""
        question = ("portainer", self.server, "initialised")
        answer = answered(question, lambda: self._send("GET", "users/admin/check", None))
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return False
        _content(answer)
        return True

    def initialise(self) -> None:
        """Makes the administrator; 409 when there is one."""
        _content(self._send("POST", "users/admin/init", None, json=self._credentials("Username", "Password")))

    def login(self) -> None:
        """Logs in anew; PortainerError 422 when the password is not the server's."""
        answered(("portainer", self.server, "login"), self._log_in)

    def _log_in(self) -> None:
        with self._lock:
            self._token = self._new_token()

    def _logged_in(self, refused: str | None) -> str:
        with self._lock:
            if self._token is None or self._token == refused:
                self._token = self._new_token()
            return self._token

    def _new_token(self) -> str:
        answer = _content(self._send("POST", "auth", None, json=self._credentials("username", "password")))
        register(answer["jwt"])
        return str(answer["jwt"])

    def _credentials(self, name: str, password: str) -> dict[str, str]:
        return {name: self.server.user, password: self._settings.portainer_admin_password.get_secret_value()}

    def _send(self, method: str, path: str, token: str | None, **given: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = f"{self.server.url}/api/{path}"
        try:
            return self._http.request(method, url, headers=headers, timeout=TIMEOUT, allow_redirects=False, **given)
        except requests.exceptions.SSLError as error:
            forget(self.server)
            raise self._silent(
                f"its certificate does not verify against {self.server.root_path}: {_shortest(error)}"
            ) from None
        except requests.RequestException as error:
            raise self._silent(_shortest(error)) from None

    def _silent(self, cause: str) -> UnobservableError:
        return UnobservableError(resource="Portainer", host=self.server.url, cause=redact(cause))


@contextmanager
def asking(server: PortainerServer, resource: str, operation: str, next_step: str) -> Iterator[None]:
    """Turns a refusal, and a server that does not answer, into an OperationError that names the operation."""
    try:
        yield
    except (PortainerError, UnobservableError) as error:
        cause = error.cause if isinstance(error, UnobservableError) else str(error)
        raise OperationError(
            resource=resource, operation=operation, host=server.url, cause=cause, next_step=next_step
        ) from None


@contextmanager
def observing(server: PortainerServer, resource: str) -> Iterator[None]:
    """Turns a refusal while the live state is read into UnobservableError."""
    try:
        yield
    except PortainerError as error:
        raise UnobservableError(resource=resource, host=server.url, cause=str(error)) from None


_lock = threading.Lock()
_sessions: dict[tuple[PortainerServer, str], Portainer] = {}


def portainer(settings: Settings, server: PortainerServer) -> Portainer:
    """The process's session with `server`; nothing is sent to it yet.

    Raises UnobservableError when the node does not give the root certificate.
    """
    key = (server, settings.portainer_admin_password.get_secret_value())
    with _lock:
        if key in _sessions:
            return _sessions[key]
    root = files.read(open_shell(settings, NodeTarget(node=server.node)), server.root_path)
    if not root:
        raise UnobservableError(resource="Portainer", host=server.node, cause=f"no root certificate {server.root_path}")
    with _lock:
        if key not in _sessions:
            path = private_directory("portainer") / f"root-{files.digest(root)[:16]}.pem"
            path.write_bytes(root)
            _sessions[key] = Portainer(settings, server, path)
        return _sessions[key]


def forget(server: PortainerServer) -> None:
    """Lets the next `portainer` read the root certificate anew (after the CA was made again)."""
    with _lock:
        for key in [key for key in _sessions if key[0] == server]:
            del _sessions[key]


def _content(answer: requests.Response) -> Any:
    reason = answer.headers.get("Redirect-Reason")
    if reason == "AdminInitTimeout":
        raise PortainerError(answer.status_code, "no administrator was made within five minutes of its start")
    if answer.status_code >= HTTPStatus.MULTIPLE_CHOICES:
        raise PortainerError(answer.status_code, redact(_words(answer)))
    try:
        return answer.json() if answer.content else None
    except ValueError:
        return answer.text


def _words(answer: requests.Response) -> str:
    try:
        body = answer.json()
    except ValueError:
        return answer.text.strip()[:500] or answer.reason or "no reason given"
    if not isinstance(body, Mapping):
        return str(body)
    said = {text.casefold(): text for key in ("details", "message") if (text := str(body.get(key) or "").strip())}
    return ": ".join(reversed(said.values())) or "no reason given"


def _shortest(error: BaseException) -> str:
    """The innermost cause; requests wraps a refused connection four times over."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return str(error) or type(error).__name__
