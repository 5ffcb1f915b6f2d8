"""What stands behind the gateway in a test: a web service, a gRPC service, a TCP service."""

import hashlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import grpc

PATIENCE = 10.0
BLOCK = 1 << 16


class Web(BaseHTTPRequestHandler):
    """Answers by the path; the query says how much of it."""

    protocol_version = "HTTP/1.1"
    released = threading.Event()

    def log_message(self, *_args: Any) -> None:
        """Nobody reads it."""

    def do_GET(self) -> None:
        path, query = urlsplit(self.path).path, dict(parse_qsl(urlsplit(self.path).query))
        number = int(query.get("n", 0))
        match path:
            case "/large-header":
                self._answer(b"", {"X-Large": "h" * number})
            case "/own":
                self._answer(b"", {"X-Frame-Options": "DENY", "Strict-Transport-Security": "max-age=1"})
            case "/download":
                self._start({"Content-Length": str(number)})
                for _ in range(number // BLOCK):
                    self.wfile.write(b"d" * BLOCK)
            case "/silent":
                self._start({"Transfer-Encoding": "chunked"})
                self._chunk(b"first\n")
                time.sleep(float(query["seconds"]))
                self._chunk(b"second\n")
                self._chunk(b"")
            case "/events":
                self.released.clear()
                self._start({"Transfer-Encoding": "chunked", "Content-Type": "text/event-stream"})
                self._chunk(b"data: first\n\n")
                self._chunk(b"data: second\n\n" if self.released.wait(PATIENCE) else b"data: too late\n\n")
                self._chunk(b"")
            case "/release":
                self.released.set()
                self._answer(b"")
            case "/websocket":
                self._websocket()
            case _:
                headers = [[name, value] for name, value in self.headers.items()]
                self._answer(json.dumps({"path": self.path, "headers": headers}).encode())

    def do_POST(self) -> None:
        digest, size = hashlib.sha256(), 0
        for block in self._body():
            digest.update(block)
            size += len(block)
        self._answer(json.dumps({"size": size, "sha256": digest.hexdigest()}).encode())

    def _body(self) -> Iterator[bytes]:
        if self.headers.get("Transfer-Encoding") == "chunked":
            while size := int(self.rfile.readline(), 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return
        left = int(self.headers["Content-Length"])
        while left:
            block = self.rfile.read(min(left, BLOCK))
            left -= len(block)
            yield block

    def _start(self, headers: dict[str, str], status: int = 200) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _answer(self, body: bytes, headers: dict[str, str] | None = None) -> None:
        self._start({"Content-Length": str(len(body)), **(headers or {})})
        self.wfile.write(body)

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def _websocket(self) -> None:
        """Agrees, then gives back whatever comes."""
        self.close_connection = True
        self._start({"Upgrade": "websocket", "Connection": "Upgrade"}, 101)
        self.connection.settimeout(PATIENCE)
        while data := self.connection.recv(BLOCK):
            self.connection.sendall(data)


class Greeting(BaseRequestHandler):
    """Says who asks, then gives back whatever comes."""

    def handle(self) -> None:
        line: socket.socket = self.request
        line.sendall(b"hello\n")
        while data := line.recv(BLOCK):
            line.sendall(data)


class Rpc(grpc.GenericRpcHandler):
    """Methods of any name: `/test/Echo` both ways, `/test/Refuse` with a status and a trailer, `/test/Who`."""

    def service(self, call: grpc.HandlerCallDetails) -> Any:
        match call.method:
            case "/test/Echo":
                return grpc.stream_stream_rpc_method_handler(self._echo)
            case "/test/Refuse":
                return grpc.unary_unary_rpc_method_handler(self._refuse)
            case "/test/Who":
                return grpc.unary_unary_rpc_method_handler(self._who)
        return None

    @staticmethod
    def _echo(requests: Iterator[bytes], context: Any) -> Iterator[bytes]:
        count = 0
        for each in requests:
            count += 1
            yield each
        context.set_trailing_metadata((("count", str(count)),))

    @staticmethod
    def _refuse(_request: bytes, context: Any) -> bytes:
        context.set_trailing_metadata((("why", "no-money"),))
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, "refused by the service")
        return b""

    @staticmethod
    def _who(_request: bytes, context: Any) -> bytes:
        context.send_initial_metadata((("x-large", "h" * (32 << 10)),))
        return json.dumps(dict(context.invocation_metadata())).encode()


class Server(ThreadingHTTPServer):
    """Says nothing of clients that leave early."""

    def handle_error(self, *_args: Any) -> None:
        """They do so on purpose."""


@contextmanager
def web() -> Iterator[int]:
    """The port of a web service."""
    yield from _serving(Server(("127.0.0.1", 0), Web))


@contextmanager
def tcp() -> Iterator[int]:
    """The port of a TCP service."""
    yield from _serving(ThreadingTCPServer(("127.0.0.1", 0), Greeting))


def _serving(server: ThreadingTCPServer | Server) -> Iterator[int]:
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join(PATIENCE)


@contextmanager
def rpc() -> Iterator[int]:
    """The port of a gRPC service without TLS."""
    large = [("grpc.max_metadata_size", 1 << 17), ("grpc.absolute_max_metadata_size", 1 << 17)]
    server = grpc.server(ThreadPoolExecutor(4), handlers=[Rpc()], options=large)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield port
    finally:
        server.stop(None).wait(PATIENCE)
