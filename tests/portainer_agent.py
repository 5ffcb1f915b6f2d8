"""What a Portainer server needs of an agent, before a real engine: `/ping`, and the engine's API over TLS.

The real agent only starts inside a container of the Swarm; this relay does not look at signatures, so that both
servers can use it. The agents themselves are tried on the lab.
"""

import http.client
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from phoenix.pki import keys
from tests.pki.authority import Authority

SECONDS = 30.0
_HOP_BY_HOP = {"connection", "transfer-encoding", "content-length", "host"}


class _Engine(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("engine", timeout=SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(SECONDS)
        self.sock.connect(str(self._path))


class _Relay(BaseHTTPRequestHandler):
    engine: Path

    def _relay(self) -> None:
        if self.path.split("?")[0] == "/ping":
            self.send_response(204)
            self.send_header("Portainer-Agent", "2.23.0")
            self.send_header("Portainer-Agent-Api-Version", "2")
            self.send_header("Portainer-Agent-Platform", "1")
            self.end_headers()
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        connection = _Engine(self.engine)
        headers = {key: value for key, value in self.headers.items() if key.lower() not in _HOP_BY_HOP}
        try:
            connection.request(self.command, self.path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        self.send_response(answer.status)
        for key, value in answer.getheaders():
            if key.lower() not in _HOP_BY_HOP:
                self.send_header(key, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _relay

    def log_message(self, *_words: object) -> None:
        """Nothing: a test shows what its client says."""


@contextmanager
def agent(room: Path, engine: Path) -> Iterator[str]:
    """The URL of an agent before the engine whose socket is `engine`; its certificate files go to `room`."""
    start = datetime.now(UTC) - timedelta(minutes=5)
    chain, key = Authority().issue(frozenset({"127.0.0.1"}), start=start)
    (room / "agent.pem").write_bytes(chain.pem + keys.private_pem(key))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(room / "agent.pem")
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Relay", (_Relay,), {"engine": engine}))
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"tcp://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
