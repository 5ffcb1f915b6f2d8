"""What a client meets at a Portainer newer than those that run here, before one of them.

Known by documentation and source alone: https://docs.portainer.io/release-notes, 2.41 and 2.43, and
portainer/portainer, api/http/handler/stacks/stack_update.go and api/http/security/setuptoken/setuptoken.go.
"""

import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests

from phoenix.clients import portainer
from phoenix.specs.portainer import PortainerServer
from tests.portainer_server import Server

ACTIVE, DEPLOYING, FAILED = 1, 3, 4
DEPLOYS_SECONDS = 2.0
_HOP_BY_HOP = {"connection", "transfer-encoding", "content-length", "host", "content-encoding", "accept-encoding"}


@dataclass
class Newer:
    """The stacks that are, or were, deployed in the background, by name."""

    behind: Server
    version: str
    stacks: dict[str, dict[str, Any]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    """Changes that came while a deployment went on."""

    def send(self, method: str, path: str, headers: dict[str, str], body: bytes) -> requests.Response:
        """To the server behind."""
        with requests.Session() as session:
            session.trust_env = False
            url = f"{self.behind.spec.url}{path}"
            verify = str(self.behind.room / "root.pem")
            return session.request(method, url, headers=headers, data=body, verify=verify, timeout=60)

    def deploy(self, name: str, method: str, path: str, headers: dict[str, str], body: bytes) -> dict[str, Any]:
        """Begins it; the stack as it is answered at once."""
        given = {"Id": 900, "EndpointId": int(path.rpartition("=")[2]), "Env": [], **self.stacks.get(name, {})}
        self.stacks[name] = {**given, "Name": name, "Status": DEPLOYING, "DeploymentStatus": [{"Status": DEPLOYING}]}

        def later() -> None:
            time.sleep(DEPLOYS_SECONDS)
            answer = self.send(method, path, headers, body)
            if answer.ok:
                self.stacks[name] |= {**answer.json(), "Status": ACTIVE}
            else:
                told = {"Status": FAILED, "Message": answer.json()["message"]}
                self.stacks[name] |= {"Status": FAILED, "DeploymentStatus": [{"Status": DEPLOYING}, told]}

        threading.Thread(target=later, daemon=True).start()
        return self.stacks[name]


class _Relay(BaseHTTPRequestHandler):
    newer: Newer

    def _relay(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {key: value for key, value in self.headers.items() if key.lower() not in _HOP_BY_HOP}
        path = self.path.partition("?")[0]
        if path == "/api/users/admin/init" and "X-Setup-Token" not in self.headers:
            words = {"message": "Invalid or missing setup token.", "details": "invalid or missing setup token"}
            self._say(403, words)
        elif self.command in ("POST", "PUT") and path.startswith("/api/stacks/"):
            self._deploy(path, headers, body)
        else:
            self._pass(path, self.newer.send(self.command, self.path, headers, body))

    def _deploy(self, path: str, headers: dict[str, str], body: bytes) -> None:
        stacks = self.newer.stacks
        known = {str(each["Id"]): name for name, each in stacks.items()}
        name = json.loads(body).get("name") or known[path.split("/")[3]]
        if stacks.get(name, {}).get("Status") == DEPLOYING:
            self.newer.refused.append(name)
            self._say(409, {"message": "Unable to update stack", "details": "Stack deployment is already in progress"})
        else:
            self._say(200, self.newer.deploy(name, self.command, self.path, headers, body))

    def _pass(self, path: str, answer: requests.Response) -> None:
        content: Any = answer.json() if answer.content and "json" in answer.headers.get("Content-Type", "") else None
        if path == "/api/system/status":
            content["Version"] = self.newer.version
        if path == "/api/stacks" and answer.ok:
            others = [each for each in content or [] if each["Name"] not in self.newer.stacks]
            content = [*others, *self.newer.stacks.values()]
        self._say(answer.status_code, content, answer.content)

    def _say(self, status: int, content: Any, raw: bytes = b"") -> None:
        said = raw if content is None else json.dumps(content).encode()
        self.send_response(status)
        if content is not None:
            self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    do_GET = do_POST = do_PUT = do_DELETE = _relay

    def log_message(self, *_words: object) -> None:
        """Nothing: a test shows what its client says."""


@contextmanager
def newer(behind: Server, version: str) -> Iterator[tuple[PortainerServer, Newer]]:
    """Where it is, and what it has seen."""
    made = Newer(behind, version)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(behind.room / "cert.pem", behind.room / "key.pem")
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Relay", (_Relay,), {"newer": made}))
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    spec = behind.spec.model_copy(update={"url": f"https://127.0.0.1:{server.server_address[1]}"})
    try:
        yield spec, made
    finally:
        portainer.forget(spec)
        server.shutdown()
        server.server_close()
        thread.join(5)
