"""An agent's address behind which stands no Docker engine: it answers as an empty node would, or refuses."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

OBJECTS = ("info", "version", "volumes", "df")


@contextmanager
def empty_node(certificate: Path, key: Path, status: int = 200, mutual: bool = False) -> Iterator[str]:
    """Serve on loopback until the block ends; yields the address as ``tcp://127.0.0.1:PORT``.

    With ``mutual`` only a client that brings a certificate signed by the node's own is heard.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            ping = self.path == "/ping"
            body = b"" if ping else b"{}" if self.path.rsplit("/", 1)[-1] in OBJECTS else b"[]"
            self.send_response(204 if ping else status)
            self.send_header("Portainer-Agent", "2.23.0")
            self.send_header("Portainer-Agent-Api-Version", "2")
            self.send_header("Portainer-Agent-Platform", "1")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    if mutual:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(certificate)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"tcp://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join(10)
