"""What gets through the gateway: a client, a real Nginx, a real Traefik, and services behind them."""

import hashlib
import http.client
import json
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import product
from typing import Any

import grpc
import pytest
import requests

from phoenix.model import Cluster
from phoenix.model import Gateway as Settings
from phoenix.plan.routes import routes
from tests.plan import backends
from tests.plan.gateway_processes import Connection, Gateway, gateway
from tests.plan.reference import reference
from tests.plan.stream_module import stream_module
from tests.plan.test_nginx import said_against_it
from tests.plan.traefik_process import program
from tests.ports import free_ports

DOMAIN = "internal.thinkheads.ai"
PLAIN, SPECIAL, RPC = (f"{name}.{DOMAIN}" for name in ("ollama", "qdrant", "llamacpp"))
CLIENT, PROXY = "127.0.0.2", "127.0.0.3"
MIB = 1 << 20

pytestmark = [
    pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed"),
    pytest.mark.skipif(program() is None, reason="no traefik (requirements/lab.txt has it)"),
]


@dataclass(frozen=True)
class Running:
    """The gateway with its settings, one with other settings, and the port that is passed on."""

    first: Gateway
    second: Gateway
    proxied: int
    forward: int


def with_settings(**given: Any) -> Cluster:
    return reference().model_copy(update={"gateway": Settings.model_validate(given)})


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    forward, proxied = free_ports(2)
    first = {
        "hsts": {"include_subdomains": True},
        "response_headers": {
            "X-Frame-Options": "SAMEORIGIN",
            "Permissions-Policy": 'camera=(self "https://a.example")',
        },
        "trusted_proxies": {"networks": [PROXY]},
        "sites": [{"host": SPECIAL, "max_body_mb": 1, "read_timeout_seconds": 2, "buffering": True}],
        **({"forwards": [{"port": forward, "guest": 1002, "guest_port": 2222}]} if stream_module() else {}),
    }
    second = {"trusted_proxies": {"networks": [PROXY], "proxy_protocol_port": proxied}}
    urls = {route.host: route.server.url for route in routes(reference())}
    with ExitStack() as stack:
        web, rpc, tcp = (stack.enter_context(each()) for each in (backends.web, backends.rpc, backends.tcp))
        places = {urls[PLAIN]: f"http://127.0.0.1:{web}", urls[SPECIAL]: f"http://127.0.0.1:{web}"}
        places[urls[RPC]] = f"h2c://127.0.0.1:{rpc}"
        passed = {"10.0.0.102:2222": f"127.0.0.1:{tcp}"} if stream_module() else {}
        folders = [tmp_path_factory.mktemp(name) for name in ("first", "second")]
        yield Running(
            stack.enter_context(gateway(folders[0], with_settings(**first), places | passed)),
            stack.enter_context(gateway(folders[1], with_settings(**second), places)),
            proxied,
            forward,
        )


def ask(
    through: Gateway, path: str, headers: dict[str, str] | None = None, *, host: str = PLAIN, source: str = CLIENT
) -> http.client.HTTPResponse:
    """The answer to a GET, its body not yet read."""
    line = through.connect(host, source)
    line.request("GET", path, headers=headers or {})
    return line.getresponse()


def told(answer: http.client.HTTPResponse) -> dict[str, list[str]]:
    """The headers that the service was sent, by their names in lower case."""
    found: dict[str, list[str]] = {}
    for name, value in json.loads(answer.read())["headers"]:
        found.setdefault(name.lower(), []).append(value)
    return found


def curl(through: Gateway, path: str, *more: str, host: str = PLAIN) -> str:
    """What curl prints, which speaks HTTP/2."""
    url, at = f"https://{host}:{through.https}{path}", f"{host}:{through.https}:127.0.0.1"
    argv = ["curl", "-sS", "--http2", "--max-time", "20", "--cacert", str(through.root), "--resolve", at, *more, url]
    return subprocess.run(argv, capture_output=True, text=True, timeout=30, check=True).stdout


# long uploads and silent answers


def test_traefik_lets_an_upload_take_its_time(running: Running) -> None:
    points = requests.get(f"http://127.0.0.1:{running.first.api}/api/entrypoints", timeout=5).json()
    (websecure,) = (each for each in points if each["name"] == "websecure")
    limits = websecure["transport"]["respondingTimeouts"]
    assert limits.get("readTimeout", "0s") == "0s"
    assert limits.get("writeTimeout", "0s") == "0s"


@pytest.mark.parametrize(
    "name",
    [
        *("client_body_timeout", "send_timeout"),
        *(f"{kind}_{limit}_timeout" for kind in ("proxy", "grpc") for limit in ("send", "read")),
    ],
)
def test_nginx_lets_everything_take_an_hour(running: Running, name: str) -> None:
    effective = running.second.nginx("-T").stdout
    assert re.findall(rf"^\s*{name} (\w+);", effective, re.MULTILINE) == ["3600s"]


def test_a_site_may_be_silent_for_as_long_as_it_says(running: Running) -> None:
    short = ask(running.first, "/silent?seconds=4", host=SPECIAL)
    with pytest.raises(http.client.IncompleteRead):
        short.read()
    assert ask(running.first, "/silent?seconds=2.5").read() == b"first\nsecond\n"


# headers


@pytest.mark.parametrize("size", [1 << 10, 32 << 10])
def test_an_answer_may_have_large_headers(running: Running, size: int) -> None:
    answer = ask(running.first, f"/large-header?n={size}")
    assert (answer.status, len(answer.headers["X-Large"])) == (200, size)
    by_http2 = curl(running.first, f"/large-header?n={size}", "-D", "-", "-o", "/dev/null")
    assert by_http2.startswith("HTTP/2 200")
    assert "h" * size in by_http2


def test_a_request_may_have_large_headers(running: Running) -> None:
    value = "r" * (16 << 10)
    assert told(ask(running.first, "/", {"X-Large": value}))["x-large"] == [value]
    assert value in curl(running.first, "/", "-H", f"X-Large: {value}")


def test_a_request_may_have_many_headers(running: Running) -> None:
    given = {f"X-{number}": "r" * 1000 for number in range(60)}
    assert {name for name in told(ask(running.first, "/", given)) if re.fullmatch(r"x-\d+", name)} == {
        name.lower() for name in given
    }


def test_a_header_may_have_an_underscore(running: Running) -> None:
    assert told(ask(running.first, "/", {"api_key": "k"}))["api_key"] == ["k"]


def test_a_path_stays_as_it_is(running: Running) -> None:
    path = "/api/v4/projects/group%2Fname/a%20b/c?q=%2F+%25"
    assert json.loads(ask(running.first, path).read())["path"] == path


# streams and large bodies


def test_a_websocket_is_a_line_in_both_directions(running: Running) -> None:
    with websocket(running.first) as line:
        for number in range(3):
            line.sendall(b"frame %d" % number)
            assert line.recv(100) == b"frame %d" % number


def websocket(through: Gateway) -> socket.socket:
    line = through.connect(PLAIN)
    line.connect()
    upgrade = f"GET /websocket HTTP/1.1\r\nHost: {PLAIN}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    line.sock.sendall((upgrade + key).encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += line.sock.recv(1)
    assert answer.startswith(b"HTTP/1.1 101 ")
    found: socket.socket = line.sock
    return found


def test_an_event_arrives_before_the_next_one_is_sent(running: Running) -> None:
    answer = ask(running.first, "/events")
    assert answer.readline() == b"data: first\n"
    ask(running.first, "/release").read()
    assert answer.read() == b"\ndata: second\n\n"


def test_a_large_body_goes_up_and_down(running: Running) -> None:
    size = 64 * MIB
    line = running.first.connect(PLAIN)
    blocks = (b"u" * backends.BLOCK for _ in range(size // backends.BLOCK))
    line.request("POST", "/upload", body=blocks, headers={"Content-Length": str(size)})
    digest = hashlib.sha256(b"u" * size).hexdigest()
    assert json.loads(line.getresponse().read()) == {"size": size, "sha256": digest}
    assert len(ask(running.first, f"/download?n={size}").read()) == size


def test_a_request_is_handed_on_while_it_is_sent(running: Running) -> None:
    """A body without an end: the service that takes it whole would wait for ever."""
    line = running.first.connect(PLAIN)
    line.putrequest("POST", "/upload")
    line.putheader("Transfer-Encoding", "chunked")
    line.endheaders()
    for _ in range(3):
        line.send(b"3\r\nabc\r\n")
        time.sleep(0.1)
    line.send(b"0\r\n\r\n")
    assert json.loads(line.getresponse().read())["size"] == 9


def test_a_site_may_have_a_largest_body(running: Running) -> None:
    for size, status in ((MIB, 200), (MIB + 1, 413)):
        line = running.first.connect(SPECIAL)
        line.request("POST", "/upload", body=b"u" * size)
        assert line.getresponse().status == status


def test_a_site_may_be_buffered(running: Running) -> None:
    """A client that reads nothing does not hold the service, which is through long before."""
    began = time.monotonic()
    slow = ask(running.first, f"/download?n={64 * MIB}", host=SPECIAL)
    time.sleep(2.5)
    # more than two seconds of silence between Nginx and the service, were it still sending
    assert len(slow.read()) == 64 * MIB
    assert time.monotonic() - began > 2.5
    effective = running.first.nginx("-T").stdout
    assert re.findall(r"proxy_(?:request_)?buffering (\w+);", effective) == ["off", "off", "on", "on"]


# gRPC


@pytest.fixture
def channel(running: Running) -> Iterator[Any]:
    credentials = grpc.ssl_channel_credentials(running.first.root.read_bytes())
    options: list[Any] = [("grpc.ssl_target_name_override", RPC), ("grpc.default_authority", RPC)]
    options += [("grpc.max_metadata_size", 1 << 17), ("grpc.absolute_max_metadata_size", 1 << 17)]
    with grpc.secure_channel(f"127.0.0.1:{running.first.https}", credentials, options) as found:
        yield found


def test_a_grpc_stream_goes_both_ways_and_ends_with_its_trailers(channel: Any) -> None:
    turn = threading.Semaphore(0)

    def requests_in_turn() -> Iterator[bytes]:
        for number in range(3):
            yield b"message %d" % number
            assert turn.acquire(timeout=backends.PATIENCE)

    call = channel.stream_stream("/test/Echo")(requests_in_turn(), timeout=backends.PATIENCE)
    for number in range(3):
        # the next is not sent before this one is back
        assert next(call) == b"message %d" % number
        turn.release()
    assert list(call) == []
    assert ("count", "3") in call.trailing_metadata()
    assert call.code() is grpc.StatusCode.OK


def test_a_grpc_status_and_its_trailers_arrive(channel: Any) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        channel.unary_unary("/test/Refuse")(b"", timeout=backends.PATIENCE)
    error: Any = caught.value
    assert (error.code(), error.details()) == (grpc.StatusCode.FAILED_PRECONDITION, "refused by the service")
    assert ("why", "no-money") in error.trailing_metadata()


def test_a_grpc_service_is_told_who_asks(channel: Any) -> None:
    forged = (("x-forwarded-for", "203.0.113.1"), ("x-real-ip", "203.0.113.1"), ("x-forwarded-host", "evil"))
    method = channel.unary_unary("/test/Who")
    answer, call = method.with_call(b"", metadata=(*forged, ("x-large", "r" * (16 << 10))), timeout=backends.PATIENCE)
    found = json.loads(answer)
    assert found["x-real-ip"] == "127.0.0.1"
    assert found["x-forwarded-for"].split(", ")[0] == "127.0.0.1"
    assert (found["x-forwarded-proto"], found["x-forwarded-host"]) == ("https", RPC)
    assert len(found["x-large"]) == 16 << 10
    assert dict(call.initial_metadata())["x-large"] == "h" * (32 << 10)


def test_grpc_and_other_requests_alternate(running: Running, channel: Any) -> None:
    """Each finds connections of its own HTTP among those that are kept."""
    for _ in range(5):
        assert ask(running.first, "/").status == 200
        assert list(channel.stream_stream("/test/Echo")(iter([b"a"]), timeout=backends.PATIENCE)) == [b"a"]


def test_a_request_that_calls_itself_grpc_says_no_more_of_itself(running: Running) -> None:
    names = [each for name in FORGED for each in ("-H", f"{name}: 203.0.113.1")]
    honest, forged = (
        json.loads(curl(running.first, "/", "-H", "Content-Type: application/grpc", *more)) for more in ([], names)
    )
    assert forged == honest


@pytest.mark.parametrize("kind", ["application/grpc-web+proto", "application/grpcx", "application/json"])
def test_what_only_looks_like_grpc_is_an_ordinary_request(running: Running, kind: str) -> None:
    found = json.loads(curl(running.first, "/upload", "-d", "abc", "-H", f"Content-Type: {kind}"))
    assert found["size"] == 3


# who the client is

NAMES = ("X-Real-IP", *(f"X-Forwarded-{each}" for each in ("For", "Proto", "Host", "Port", "Server", "Prefix")))
FORGED = (
    # as CGI and WSGI read them, there is no difference
    *("".join(parts) for name in NAMES for parts in product(*(("-", "_") if each == "-" else each for each in name))),
    *("Forwarded", "X-Forwarded-Uri", "X-Forwarded-Method"),
    *("X-Forwarded-Tls-Client-Cert", "X-Forwarded-Tls-Client-Cert-Info"),
)


def test_a_service_is_told_the_clients_address(running: Running) -> None:
    found = told(ask(running.first, "/"))
    assert found["x-real-ip"] == [CLIENT]
    # Traefik adds whom it has it from
    assert found["x-forwarded-for"] == [f"{CLIENT}, 127.0.0.1"]
    assert found["x-forwarded-proto"] == ["https"]


def test_a_service_sees_that_a_page_is_its_own(running: Running) -> None:
    """A check of origins, as Portainer's since 2.27.7, compares the page's with the host and the scheme it is asked by.

    Go's own check, which Portainer has since 2.41, looks at Sec-Fetch-Site first: https://pkg.go.dev/net/http
    """
    page = f"https://{PLAIN}"
    said = {"Host": PLAIN, "Origin": page, "Referer": f"{page}/", "Sec-Fetch-Site": "same-origin", "Cookie": "a=b"}
    found = told(ask(running.first, "/", said))
    assert {name: found[name.lower()] for name in said} == {name: [value] for name, value in said.items()}
    assert f"{found['x-forwarded-proto'][0]}://{found['host'][0]}" == page


@pytest.mark.parametrize("name", FORGED)
def test_a_client_says_nothing_of_itself(running: Running, name: str) -> None:
    """Of what it says, whatever the spelling, nothing arrives; what arrives is the gateway's."""
    honest, forged = told(ask(running.first, "/")), told(ask(running.first, "/", {name: "203.0.113.1"}))
    assert forged == honest


def test_a_trusted_proxy_tells_who_the_client_is(running: Running) -> None:
    chain = {"X-Forwarded-For": f"203.0.113.1, 198.51.100.7, {PROXY}"}
    found = told(ask(running.first, "/", chain, source=PROXY))
    # the last that no trusted proxy vouches for: what stands before it came from that client
    assert found["x-real-ip"] == ["198.51.100.7"]
    assert found["x-forwarded-for"] == ["198.51.100.7, 127.0.0.1"]
    assert told(ask(running.first, "/", chain))["x-real-ip"] == [CLIENT]


@pytest.mark.parametrize(("source", "client"), [(PROXY, "198.51.100.7"), (CLIENT, CLIENT)])
def test_a_trusted_proxy_may_speak_the_proxy_protocol(running: Running, source: str, client: str) -> None:
    said = b"PROXY TCP4 198.51.100.7 192.0.2.1 4711 443\r\n"
    line = Connection(PLAIN, running.proxied, running.second.root, source, said)
    line.request("GET", "/", headers={"X-Forwarded-For": "203.0.113.1"})
    assert told(line.getresponse())["x-real-ip"] == [client]


def test_the_usual_port_does_without_it(running: Running) -> None:
    assert told(ask(running.second, "/", {"X-Forwarded-For": "203.0.113.1"}, source=PROXY))["x-real-ip"] == [PROXY]


# headers of answers


def test_every_answer_has_the_headers_that_are_given(running: Running) -> None:
    wanted = ("max-age=31536000; includeSubDomains", "SAMEORIGIN", 'camera=(self "https://a.example")')
    names = ("Strict-Transport-Security", "X-Frame-Options", "Permissions-Policy")
    for host, path, status in ((PLAIN, "/", 200), (f"other.{DOMAIN}", "/", 404), (f"nginx.{DOMAIN}", "/", 200)):
        answer = ask(running.first, path, host=host)
        assert answer.status == status
        assert [answer.headers.get_all(name) for name in names] == [[each] for each in wanted]


def test_a_site_keeps_the_headers_that_it_sends_itself(running: Running) -> None:
    answer = ask(running.first, "/own")
    assert answer.headers.get_all("X-Frame-Options") == ["DENY"]
    assert answer.headers.get_all("Strict-Transport-Security") == ["max-age=1"]


def test_without_any_given_there_are_none(running: Running) -> None:
    answer = ask(running.second, "/")
    assert answer.headers["Strict-Transport-Security"] is None
    assert answer.headers["X-Frame-Options"] is None


# TCP


@pytest.mark.skipif(stream_module() is None, reason="libnginx-mod-stream is not there and cannot be had")
def test_a_port_is_passed_on(running: Running) -> None:
    with socket.create_connection(("127.0.0.1", running.forward), timeout=backends.PATIENCE) as line:
        assert line.recv(100) == b"hello\n"
        line.sendall(b"anything")
        assert line.recv(100) == b"anything"
    assert "proxy_timeout 24h;" in running.first.nginx("-T").stdout


# reloads


def test_nginx_has_nothing_to_say_against_it(running: Running) -> None:
    for each in (running.first, running.second):
        assert said_against_it(each.nginx("-t").stderr) == []


def test_a_reload_interrupts_nobody(running: Running) -> None:
    through, stop = running.first, threading.Event()
    statuses: list[int] = []

    def steadily() -> None:
        while not stop.is_set():
            statuses.append(ask(through, "/").status)

    with websocket(through) as line:
        streaming = ask(through, "/silent?seconds=2")
        client = threading.Thread(target=steadily)
        client.start()
        try:
            config = through.folder / "gateway.conf"
            config.write_text(config.read_text().replace("keepalive 32;", "keepalive 16;"))
            for _ in range(3):
                through.reload()
                answered, end = len(statuses), time.monotonic() + backends.PATIENCE
                while len(statuses) < answered + 10 and time.monotonic() < end:
                    time.sleep(0.01)
        finally:
            stop.set()
            client.join(backends.PATIENCE)
        line.sendall(b"still there")
        assert line.recv(100) == b"still there"
        assert streaming.read() == b"first\nsecond\n"
    assert len(statuses) >= 30
    assert set(statuses) == {200}
