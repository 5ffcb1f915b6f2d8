"""The Proxmox VE API by token over verified TLS; changes wait for their task, and for a lock that another holds.

https://pve.proxmox.com/pve-docs/api-viewer/
"""

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import requests
from proxmoxer import ProxmoxAPI
from proxmoxer.core import ResourceException

from phoenix.clients.ahead import answered
from phoenix.clients.pinned import PinnedAdapter
from phoenix.console import tell
from phoenix.errors import OperationError, UnobservableError
from phoenix.settings import Settings
from phoenix.vocabulary.network import split_node

CONNECT_SECONDS, ANSWER_SECONDS = 5, 30
CONNECTIONS = 32
"""Kept open: so many observations are made at a time, and a new one takes longer than its answer."""
LOCK_SECONDS = 120.0
"""How long to try again for a lock that Proxmox itself waits for, which is one request's."""
TASK_LOCK_SECONDS = 7200.0
"""How long for the lock of a task: a backup, a migration or a snapshot of a large guest takes an hour and more."""
TOLD_SECONDS = 30.0
TASK_SECONDS = 600.0
_LOG_LINES = 6
# pveproxy's own answers when the node behind it, or pvedaemon, does not answer
_NOT_REACHED = frozenset({502, 503, 504, 595, 596, 597, 598, 599})
_LOCKED = re.compile(r"can't lock file|\bis locked \(|trying to acquire lock|got timeout$", re.IGNORECASE)
_TASKS_LOCK = re.compile(r"\bis locked \(([\w-]+)\)", re.IGNORECASE)
_ROOT_ONLY = re.compile(r"root@pam|only root ", re.IGNORECASE)

_sessions: dict[tuple[str, ...], ProxmoxAPI] = {}
_sessions_lock = threading.Lock()
T = TypeVar("T")


@dataclass(frozen=True)
class Node:
    """One node of the cluster: its address, its name in the cluster and its API's port."""

    address: str
    name: str
    port: int = 8006


class AbsentError(OperationError):
    """The node answered that the guest, volume or snapshot does not exist."""


class Api:
    """Calls for one `resource` (``guest 101``), which every error names; paths are below `/nodes/<name>`."""

    def __init__(self, settings: Settings, node: Node, resource: str) -> None:
        self._settings = settings
        self.node = node
        self.resource = resource

    def get(self, path: str, **params: Any) -> Any:
        """Reads `path`; raises AbsentError, UnobservableError when the node cannot be reached, OperationError."""
        return self._answer(f"nodes/{self.node.name}/{path}", params, f"read {path}")

    def guests(self) -> list[dict[str, Any]]:
        """Every guest of the cluster, on whichever node: its `vmid`, `node`, `type` and, where known, `name`."""
        found: list[dict[str, Any]] = self._answer("cluster/resources", {"type": "vm"}, "read where the guests are")
        return found

    def change(self, operation: str, method: str, path: str, limit: float = TASK_SECONDS, **params: Any) -> None:
        """Does one change, and waits at most `limit` seconds for its task.

        While another task holds the guest's lock it tries again. Raises OperationError with the API's or the task's
        own words.
        """

        def attempt() -> None:
            try:
                answer = self._request(method, f"nodes/{self.node.name}/{path}", params, operation)
                if isinstance(answer, str) and answer.startswith("UPID:"):
                    self._await(answer, operation, limit)
            except UnobservableError as error:
                raise self.failure(operation, error.cause, "see that the node is up, then run again") from None

        self.unlocked(operation, attempt)

    def unlocked(self, operation: str, attempt: Callable[[], None]) -> None:
        """Does `attempt` until it meets no lock, at most for LOCK_SECONDS, or TASK_LOCK_SECONDS for that of a task.

        What it waits for is told every half minute. Raises OperationError as `attempt` does.
        """
        started = reported = time.monotonic()
        pause = 0.1
        while True:
            try:
                return attempt()
            except AbsentError:
                raise
            except OperationError as error:
                limit = TASK_LOCK_SECONDS if _TASKS_LOCK.search(error.cause) else LOCK_SECONDS
                now = time.monotonic()
                if not _LOCKED.search(error.cause) or now - started > limit:
                    raise
                if now - reported > TOLD_SECONDS:
                    reported = now
                    waited = f"waits, {now - started:.0f} of at most {limit:.0f} s"
                    tell(f"{self.resource}: {operation}: {waited}: {error.cause.splitlines()[-1].strip()}")
            time.sleep(pause)
            pause = min(pause * 1.6, 3.0)

    def failure(self, operation: str, cause: str, next_step: str) -> OperationError:
        """An error about this resource on this node."""
        return OperationError(
            resource=self.resource, operation=operation, host=self.node.address, cause=cause, next_step=next_step
        )

    def _answer(self, path: str, params: dict[str, Any], operation: str) -> Any:
        question = ("proxmox", self.node, self.resource, path, tuple(sorted(params.items())))
        return answered(question, lambda: self._retried(lambda: self._request("GET", path, params, operation)))

    def _request(self, method: str, path: str, params: dict[str, Any], operation: str) -> Any:
        resource = _session(self._settings, self.node)(path)
        given = {key.replace("_", "-"): value for key, value in params.items()}
        # proxmoxer has one verb a method, and drops parameters that are None
        verb = {"GET": resource.get, "POST": resource.post, "PUT": resource.put, "DELETE": resource.delete}[method]
        try:
            return verb(**given)
        except ResourceException as error:
            raise self._refusal(error, operation) from None
        except requests.exceptions.SSLError as error:
            cause = f"the API's certificate is not trusted by {self._settings.proxmox_ca}: {_innermost(error)}"
            raise self.failure(operation, cause, "point phoenix:proxmoxCa at the CA of this node") from None
        except requests.exceptions.RequestException as error:
            cause = f"the Proxmox API on port {self.node.port}: {_innermost(error)}"
            raise UnobservableError(resource=self.resource, host=self.node.address, cause=cause) from None

    def _refusal(self, error: ResourceException, operation: str) -> Exception:
        words = _words(error)
        if error.status_code in _NOT_REACHED:
            return UnobservableError(resource=self.resource, host=self.node.address, cause=words)
        if error.status_code == 401:
            next_step = "set phoenix:proxmoxToken to a token that exists on this cluster"
            return self.failure(operation, f"the API token is refused: {words}", next_step)
        if _ROOT_ONLY.search(words):
            next_step = f"this needs root@pam, which no token is: do it once with SSH on {self.node.address}"
            return self.failure(operation, words, next_step)
        if error.status_code == 403:
            next_step = "give the token's user and the token this privilege on that path, with `pveum acl modify`"
            return self.failure(operation, f"the API token may not do that: {words}", next_step)
        if error.status_code in (404, 500) and re.search(r"does not exist|no such (VM|CT)", words):
            return AbsentError(
                resource=self.resource,
                operation=operation,
                host=self.node.address,
                cause=words,
                next_step="make what is missing, or correct its name in the configuration",
            )
        if _LOCKED.search(words):
            next_step = (
                "wait until the task that holds the lock has ended, then run again; if none does, unlock the guest"
            )
            return self.failure(operation, words, next_step)
        return self.failure(operation, words, "correct the configuration or the node, then run again")

    def _await(self, upid: str, operation: str, limit: float) -> None:
        node = upid.split(":")[1]
        tasks = _session(self._settings, self.node).nodes(node).tasks(upid)
        started = time.monotonic()
        reported = started
        pause = 0.03
        while True:
            status = self._retried(lambda: self._read(tasks.status, operation))
            if status["status"] == "stopped":
                break
            now = time.monotonic()
            if now - started > limit:
                next_step = "see the task on the node; run again when it has ended"
                raise self.failure(operation, f"its task still runs after {limit:.0f} s: {upid}", next_step)
            if now - reported > TOLD_SECONDS:
                reported = now
                tell(f"{self.resource}: {operation}: {now - started:.0f} s")
            time.sleep(pause)
            pause = min(pause * 1.5, 1.0)
        ended = str(status.get("exitstatus", ""))
        if ended == "OK" or ended.startswith("WARNINGS"):
            return
        log = self._retried(lambda: self._read(tasks.log, operation, limit=1000))
        lines = [str(line["t"]).removeprefix("TASK ERROR: ") for line in log if line["t"]][-_LOG_LINES:]
        cause = "\n  ".join(dict.fromkeys([ended, *lines]))
        raise self.failure(operation, cause, f"see the task's log on the node: {upid}")

    def _read(self, resource: Any, operation: str, **params: Any) -> Any:
        try:
            return resource.get(**params)
        except ResourceException as error:
            raise self._refusal(error, operation) from None
        except requests.exceptions.RequestException as error:
            raise UnobservableError(resource=self.resource, host=self.node.address, cause=_innermost(error)) from None

    def _retried(self, read: Callable[[], T]) -> T:
        # reading twice does no harm, and a connection that was reset says nothing about the node; silence does
        started = time.monotonic()
        for pause in (0.1, 0.4):
            try:
                return read()
            except UnobservableError:
                if time.monotonic() - started > CONNECT_SECONDS / 2:
                    raise
                time.sleep(pause)
        return read()


def _session(settings: Settings, node: Node) -> ProxmoxAPI:
    token = settings.proxmox_token.get_secret_value()
    key = (node.address, str(node.port), token, str(settings.proxmox_ca))
    with _sessions_lock:
        if key not in _sessions:
            account, _, secret = token.partition("=")
            user, _, token_id = account.partition("!")
            api = ProxmoxAPI(
                split_node(node.address)[0],
                port=node.port,
                user=user,
                token_name=token_id,
                token_value=secret,
                verify_ssl=str(settings.proxmox_ca),
                timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
            )
            # neither a proxy nor a CA bundle of the environment may come between us and the node
            api._store["session"].trust_env = False
            api._store["session"].mount("https://", PinnedAdapter(pool_maxsize=CONNECTIONS))
            _sessions[key] = api
        return _sessions[key]


def _words(error: ResourceException) -> str:
    # what is wrong with a parameter stands apart, by its name; proxmoxer gives what is no JSON as bytes there
    by_field = error.errors if isinstance(error.errors, dict) else {}
    reasons = [f"{name}: {str(why).strip()}" for name, why in by_field.items() if not isinstance(why, bytes)]
    return "\n  ".join([str(error.content).strip() or str(error.status_message), *reasons])


def _innermost(error: BaseException) -> str:
    reason = error
    while reason.args and isinstance(inner := getattr(reason.args[0], "reason", reason.args[0]), BaseException):
        reason = inner
    return re.sub(r"^(<[^>]*>|\w+\([^)]*\)): ", "", str(reason)) or type(reason).__name__
