"""What an engine says of its Swarm while it goes down is not taken for the truth."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingUnixStreamServer

import pytest
from docker.client import DockerClient

from phoenix.clients import swarm

Said = dict[str, object]
MEMBER: Said = {"LocalNodeState": "active", "NodeID": "n", "ControlAvailable": True, "Cluster": {"ID": "c"}}
NONE: Said = {"LocalNodeState": "inactive"}


class Engine(ThreadingUnixStreamServer):
    """An engine that answers `said` on the connections it has, and `truth` on every further one."""

    daemon_threads = True
    said, truth = NONE, NONE
    connections = 0


class _Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Engine

    def setup(self) -> None:
        super().setup()
        self.client_address = ("", 0)
        self.server.connections += 1
        self.first = self.server.connections == 1

    def do_GET(self) -> None:
        body = json.dumps({"Swarm": self.server.said if self.first else self.server.truth}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[tuple[Engine, DockerClient]]:
    path = str(tmp_path / "socket")
    with Engine(path, _Answer) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        client = DockerClient(base_url=f"unix://{path}", version="1.41")
        yield server, client
        client.close()
        server.shutdown()
        serving.join(10)


def test_one_that_goes_down_is_asked_anew(engine: tuple[Engine, DockerClient]) -> None:
    server, client = engine
    server.said, server.truth = MEMBER, MEMBER
    assert swarm.in_swarm(client)
    server.said = NONE
    assert swarm.membership(client).state == "active"
    assert swarm.in_swarm(client)
    assert server.connections == 2


def test_one_that_is_in_none_says_so_twice(engine: tuple[Engine, DockerClient]) -> None:
    server, client = engine
    assert not swarm.in_swarm(client)
    assert server.connections == 2
