"""A server that takes comments as the APIs of GitHub, Forgejo and GitLab do, and keeps them."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

from lab.testing import Throwaway


@dataclass(frozen=True)
class Comment:
    """Where it was sent, with which credentials, and its text."""

    path: str
    credentials: str
    text: str


@dataclass
class Comments:
    """All that came, and the server's address on the lab's workstation."""

    url: str = ""
    taken: list[Comment] = field(default_factory=list)


@contextmanager
def comments(lab: Throwaway) -> Iterator[Comments]:
    """A server on the workstation's loopback."""
    kept = Comments()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = self.headers["Content-Type"] == "application/x-www-form-urlencoded"
            text = parse_qs(content)["body"][0] if form else json.loads(content)["body"]
            credentials = self.headers["Authorization"] or self.headers["PRIVATE-TOKEN"]
            kept.taken.append(Comment(self.path, credentials, text))
            self.send_response(201)
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            """Says nothing."""

    with lab.network():
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        kept.url = f"http://127.0.0.1:{server.server_port}"
        yield kept
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
