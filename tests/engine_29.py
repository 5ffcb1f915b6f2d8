"""What a client meets at a Docker engine of version 29, before the real engine that is here.

No engine of 29 can be had here. What it does with versions of the API is known from its documentation: `/version` and
`/_ping` tell the newest, older than the oldest is refused (https://docs.docker.com/engine/release-notes/29/), and a
path without a version means the newest.
"""

import http.client
import json
import re
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

OLDEST, NEWEST = "1.44", "1.52"
_VERSIONED = re.compile(r"^/v(1\.\d+)(/.*)$")
_HOP_BY_HOP = {"connection", "transfer-encoding", "content-length", "host", "api-version"}


class _Engine(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("engine", timeout=30.0)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(30.0)
        self.sock.connect(str(self._path))


class _Relay(BaseHTTPRequestHandler):
    engine: Path
    oldest: str

    def _relay(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self.path
        if versioned := _VERSIONED.match(path):
            given, path = versioned.groups()
            if int(given.split(".")[1]) < int(self.oldest.split(".")[1]):
                words = f"client version {given} is too old. Minimum supported API version is {self.oldest}"
                self._say(400, json.dumps({"message": words}).encode(), {})
                return
        connection = _Engine(self.engine)
        headers = {key: value for key, value in self.headers.items() if key.lower() not in _HOP_BY_HOP}
        try:
            connection.request(self.command, path, body, headers)
            answer = connection.getresponse()
            content, said = answer.read(), dict(answer.getheaders())
        finally:
            connection.close()
        if path == "/version":
            told: dict[str, Any] = json.loads(content)
            told |= {"Version": "29.0.0", "ApiVersion": NEWEST, "MinAPIVersion": self.oldest}
            content = json.dumps(told).encode()
        self._say(answer.status, content, said)

    def _say(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for key, value in headers.items():
            if key.lower() not in _HOP_BY_HOP:
                self.send_header(key, value)
        self.send_header("Api-Version", NEWEST)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _relay

    def address_string(self) -> str:
        return "client"

    def log_message(self, *_words: object) -> None:
        """Nothing: a test shows what its client says."""


class _Listening(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


@contextmanager
def engine_29(room: Path, engine: Path, *, oldest: str = OLDEST) -> Iterator[Path]:
    """The socket, in `room`, of an engine of 29 that answers clients from API `oldest` on."""
    path = room / "engine-29.sock"
    server = _Listening(str(path), type("Relay", (_Relay,), {"engine": engine, "oldest": oldest}))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield path
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
