"""The Docker engine of a VM, reached over its own SSH: the engine's socket, forwarded to a private one here."""

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from docker.client import DockerClient
from docker.errors import APIError, DockerException
from requests.adapters import BaseAdapter

from phoenix.clients import ssh
from phoenix.clients.ahead import answered
from phoenix.clients.private_directory import private_directory
from phoenix.clients.shell import forget_host_key, vm_account
from phoenix.clients.ssh import SshError
from phoenix.errors import OperationError, UnobservableError
from phoenix.redaction import redact
from phoenix.settings import Settings
from phoenix.specs.target import VmTarget

REMOTE_SOCKET = "/var/run/docker.sock"
CONNECT_SECONDS = 10
REQUEST_SECONDS = 60
"""Limit of one request; joining a swarm keeps the engine silent for up to 20 s."""

_lock = threading.Lock()
_locks: dict[VmTarget, threading.Lock] = {}
_clients: dict[VmTarget, DockerClient] = {}
_numbers = itertools.count(1)


def engine(settings: Settings, target: VmTarget) -> DockerClient:
    """A client of the engine on `target`, shared by the process; connected anew when the guest was restarted.

    Raises UnobservableError when the guest, its SSH or its engine cannot be reached.
    """
    with _lock:
        lock = _locks.setdefault(target, threading.Lock())
    with lock:
        client = _clients.get(target)
        if client is not None and _answers(client):
            return client
        if client is not None:
            del _clients[target]
            client.close()
            ssh.disconnect(vm_account(settings, target))
        client = _connect(settings, target)
        _clients[target] = client
        return client


@contextmanager
def reaching(target: VmTarget, resource: str, operation: str, next_step: str) -> Iterator[None]:
    """Turns what the Docker SDK raises into ours: refused by the engine, or not reachable at all."""
    try:
        yield
    except APIError as error:
        raise OperationError(
            resource=resource,
            operation=operation,
            host=target.address,
            cause=redact(str(error.explanation or error)),
            next_step=next_step,
        ) from None
    except (requests.RequestException, DockerException) as error:
        raise UnobservableError(resource=resource, host=target.address, cause=redact(str(error))) from None


@contextmanager
def observing(target: VmTarget, resource: str) -> Iterator[None]:
    """Turns whatever the Docker SDK raises while the live state is read into UnobservableError."""
    try:
        yield
    except (requests.RequestException, DockerException) as error:
        cause = error.explanation if isinstance(error, APIError) and error.explanation else error
        raise UnobservableError(resource=resource, host=target.address, cause=redact(str(cause))) from None


def _answers(client: DockerClient) -> bool:
    try:
        return bool(client.api.get(f"{client.api.base_url}/_ping", timeout=CONNECT_SECONDS).ok)
    except (requests.RequestException, DockerException):
        return False


def _connect(settings: Settings, target: VmTarget) -> DockerClient:
    resource = f"Docker engine of {target}"
    try:
        return _forwarded(settings, target)
    except (SshError, requests.RequestException, DockerException):
        # a connection from before a restart looks alive for a while, and a VM made again has another host key
        ssh.disconnect(vm_account(settings, target))
        forget_host_key(target)
    try:
        return _forwarded(settings, target)
    except SshError as error:
        raise UnobservableError(resource=resource, host=target.address, cause=str(error)) from None
    except (requests.RequestException, DockerException) as error:
        cause = f"SSH answers, but {REMOTE_SOCKET} does not: {error}"
        raise UnobservableError(resource=resource, host=target.address, cause=redact(cause)) from None


def _forwarded(settings: Settings, target: VmTarget) -> DockerClient:
    local = str(private_directory("docker") / f"{target.vmid}-{next(_numbers)}.sock")
    ssh.forward_unix_socket(vm_account(settings, target), local, REMOTE_SOCKET)
    # auto: the newest that the engine answers, for one of 29 answers none before 1.44
    client = DockerClient(base_url=f"unix://{local}", version="auto", timeout=CONNECT_SECONDS)
    client.api.timeout = REQUEST_SECONDS
    client.api.mount(client.api.base_url, Answered(target, client.api.get_adapter(client.api.base_url)))
    return client


class Answered(BaseAdapter):
    """The transport `inner` to an engine's API, whose reads may be answered ahead of need."""

    def __init__(self, target: VmTarget, inner: BaseAdapter) -> None:
        super().__init__()
        self._target, self._inner = target, inner

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """As the transport's own; a read's answer is whole when it returns."""

        def ask() -> requests.Response:
            return self._inner.send(request, *args, **kwargs)

        def whole() -> requests.Response:
            answer = ask()
            _ = answer.content
            return answer

        if request.method != "GET" or kwargs.get("stream"):
            return ask()
        return answered(("docker", self._target, request.url), whole)

    def close(self) -> None:
        self._inner.close()
