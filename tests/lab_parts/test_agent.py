"""The lab's own agent: whom it lets in, and which node's engine answers."""

import hashlib
import hmac
import json
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
import requests
import urllib3

from lab.images import programs
from tests.lab_parts.processes import running
from tests.ports import free_port

pytestmark = pytest.mark.portainer

SECRET = "shared by server and agents"
WORKER, MANAGER = "127.0.0.1", "127.0.0.2"


@contextmanager
def engine(socket: Path, name: str, manager: bool) -> Iterator[None]:
    """A unix socket that answers as the Docker Engine of a node would: its Swarm role, and its name for all else."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            info = {"Name": name, "Swarm": {"ControlAvailable": manager}}
            body = json.dumps(info if self.path.endswith("/info") else {"answered by": name}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def address_string(self) -> str:
            return "unix"

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with socketserver.ThreadingUnixStreamServer(str(socket), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join(10)


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port on which a worker's and a manager's agent listen, each on its own address."""
    folder, shared = tmp_path_factory.mktemp("agents"), free_port()
    program = str(programs.portainer() / "portainer-agent")
    with ExitStack() as stack:
        for address, name in ((WORKER, "worker"), (MANAGER, "manager")):
            socket = folder / name
            stack.enter_context(engine(socket, name, manager=name == "manager"))
            environment = {
                "AGENT_SECRET": SECRET,
                "AGENT_HOST": address,
                "AGENT_PORT": str(shared),
                "AGENT_CLUSTER_ADDR": MANAGER,
                "DOCKER_SOCKET": str(socket),
            }
            stack.enter_context(running([program], (address, shared), environment))
        yield shared


def ask(port: int, path: str, secret: str | None = SECRET, age: int = 0, to_manager: bool = False) -> requests.Response:
    """GET from the worker's agent, signed unless ``secret`` is None; its certificate is its own."""
    headers = {"X-PortainerAgent-ManagerOperation": "1"} if to_manager else {}
    if secret is not None:
        stamp = str(int(time.time()) - age)
        signature = hmac.new(secret.encode(), f"GET\n{path}\n{stamp}".encode(), hashlib.sha256).hexdigest()
        headers |= {"X-Lab-Agent-Time": stamp, "X-Lab-Agent-Signature": signature}
    urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    with requests.Session() as session:
        session.trust_env = False
        return session.get(f"https://{WORKER}:{port}{path}", headers=headers, verify=False, timeout=20)


def test_ping_is_open_and_says_the_version(port: int) -> None:
    answer = ask(port, "/ping", secret=None)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["Portainer-Agent"] == "2.23.0"


@pytest.mark.parametrize(
    ("secret", "age", "message"),
    [
        (None, 0, "Missing request signature headers"),
        ("another secret", 0, "Invalid request signature"),
        (SECRET, 3600, "Invalid request signature"),
        (SECRET, -3600, "Invalid request signature"),
    ],
)
def test_who_is_kept_out(port: int, secret: str | None, age: int, message: str) -> None:
    answer = ask(port, "/info", secret, age)
    assert (answer.status_code, answer.json()) == (403, {"message": message, "details": "Unauthorized"})


@pytest.mark.parametrize(
    ("path", "node"),
    [
        ("/containers/json?all=1", "worker"),
        ("/v1.41/networks", "worker"),
        ("/services?status=true", "manager"),
        ("/v1.41/tasks", "manager"),
        ("/swarm", "manager"),
        ("/secrets/abc", "manager"),
        ("/servicesque", "worker"),
    ],
)
def test_which_engine_answers(port: int, path: str, node: str) -> None:
    assert ask(port, path).json() == {"answered by": node}


def test_a_deployment_asks_for_the_manager(port: int) -> None:
    answer = ask(port, "/info", to_manager=True)
    assert answer.json()["Name"] == "manager"
    assert ask(port, "/info").json()["Name"] == "worker"


def test_an_engine_that_is_down(tmp_path: Path) -> None:
    port = free_port()
    environment = {
        "AGENT_SECRET": SECRET,
        "AGENT_HOST": WORKER,
        "AGENT_PORT": str(port),
        "DOCKER_SOCKET": str(tmp_path / "nobody"),
    }
    with running([str(programs.portainer() / "portainer-agent")], (WORKER, port), environment):
        answer = ask(port, "/services")
        assert (answer.status_code, answer.content) == (502, b"")
