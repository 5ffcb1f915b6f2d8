"""The node's own commands' way to the API: its socket, on which root needs no ticket."""

import http.client
import json
import socket
import sys
import time
from typing import Any
from urllib.parse import urlencode

SOCKET = "/run/lab/pve.sock"
NODE = "/nodes/phoenix"
TASK_LIMIT = 900.0
Params = dict[str, str | list[str]]


class CallError(Exception):
    """The API refused, or a task failed; the message is what the command prints."""


class _Connection(http.client.HTTPConnection):
    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(120)
        self.sock.connect(SOCKET)


def call(method: str, path: str, params: Params | None = None) -> Any:
    """One request; returns the answer's data.

    :raises CallError: the API does not run, or says no.
    """
    query = urlencode(params or {}, doseq=True)
    in_path = method in ("GET", "DELETE") and query
    target = f"/api2/json{path}" + (f"?{query}" if in_path else "")
    status, reason, body = _exchange(method, target, "" if in_path else query)
    try:
        data = json.loads(body)
    except ValueError:
        data = {}
    if status >= 400:
        fields = "".join(f"\n{name}: {why.strip()}" for name, why in (data.get("errors") or {}).items())
        raise CallError((data.get("message") or reason).strip() + fields)
    return data.get("data")


def plain(method: str, path: str) -> str:
    """One request to the lab's own part of the server; returns the answer's text.

    :raises CallError: the server does not run, or says no.
    """
    status, _, body = _exchange(method, path, "")
    if status >= 400:
        raise CallError(body.decode().strip())
    return body.decode()


def _exchange(method: str, target: str, form: str) -> tuple[int, str, bytes]:
    connection = _Connection("lab")
    headers = {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
    try:
        connection.request(method, target, form or None, headers)
        answer = connection.getresponse()
        return answer.status, answer.reason, answer.read()
    except OSError as e:
        raise CallError(f"the API on {SOCKET} does not answer: {e}") from e
    finally:
        connection.close()


def finish(upid: Any) -> None:
    """Wait for a task and print its log.

    :raises CallError: it failed, or did not end within TASK_LIMIT seconds.
    """
    if not str(upid).startswith("UPID:"):
        return
    deadline = time.monotonic() + TASK_LIMIT
    while time.monotonic() < deadline:
        status = call("GET", f"{NODE}/tasks/{upid}/status")
        if status["status"] == "stopped":
            if status["exitstatus"] != "OK":
                raise CallError(status["exitstatus"])
            return
        time.sleep(0.03)
    raise CallError(f"task {upid} did not end within {TASK_LIMIT:.0f} s")


def options(words: list[str]) -> tuple[list[str], Params]:
    """Split a command line into its positional words and its ``--key value`` options."""
    positional: list[str] = []
    found: Params = {}
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if not word.startswith("-") or word == "-":
            positional.append(word)
            continue
        key, equals, value = word.lstrip("-").partition("=")
        if not equals:
            value = rest.pop(0) if rest and not rest[0].startswith("-") else "1"
        found[key] = value
    return positional, found


def show(config: dict[str, Any]) -> None:
    """Print a configuration as ``pct config`` does."""
    for key in sorted(config):
        if key != "digest":
            print(f"{key}: {config[key]}")


def guarded(run: Any, words: list[str]) -> int:
    """Run a command; an error is one line on standard error and an exit code."""
    try:
        return int(run(words) or 0)
    except CallError as e:
        print(e, file=sys.stderr)
        return 2 if "does not exist" in str(e) and "Configuration file" in str(e) else 255
