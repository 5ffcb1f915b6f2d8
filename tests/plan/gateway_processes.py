"""A real Nginx in front of a real Traefik on loopback, with the product's own files: only places are others."""

import http.client
import os
import re
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from phoenix.features.template import render
from phoenix.model import Cluster
from phoenix.plan import forwards, nginx, traefik
from tests.plan import throwaway
from tests.plan.stream_module import stream_module
from tests.plan.traefik_process import program
from tests.ports import free_ports

PATIENCE = 20.0
ROOT = "etc/nginx/ssl/ca.pem"


class Connection(http.client.HTTPSConnection):
    """HTTP/1.1 by TLS to loopback, whatever the host is called; `before` goes in front of TLS."""

    def __init__(self, host: str, port: int, root: Path, source: str = "127.0.0.2", before: bytes = b"") -> None:
        context = ssl.create_default_context(cafile=str(root))
        super().__init__(host, port, timeout=PATIENCE, context=context)
        self._context, self._source, self._before = context, source, before

    def connect(self) -> None:
        plain = socket.create_connection(("127.0.0.1", self.port), self.timeout, (self._source, 0))
        plain.sendall(self._before)
        self.sock = self._context.wrap_socket(plain, server_hostname=self.host)


@dataclass(frozen=True)
class Gateway:
    """Both, running: `https` and `websecure` are their ports, `api` is Traefik's."""

    folder: Path
    https: int
    websecure: int
    api: int
    master: int

    @property
    def root(self) -> Path:
        """The file with the root certificate."""
        return self.folder / ROOT

    def connect(self, host: str, source: str = "127.0.0.2") -> Connection:
        """A connection of a client at `source`."""
        return Connection(host, self.https, self.root, source)

    def nginx(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Another run of Nginx over the same configuration: `-t`, `-T`."""
        return subprocess.run(
            [*_nginx(self.folder), *arguments], capture_output=True, text=True, timeout=20, check=False
        )

    def reload(self) -> None:
        """As `systemctl reload nginx` does; returns when workers have begun with it."""
        log = self.folder / "error.log"
        before = log.read_text().count("start worker process ")
        os.kill(self.master, signal.SIGHUP)
        _until(lambda: log.read_text().count("start worker process ") > before, log)


@contextmanager
def gateway(folder: Path, cluster: Cluster, places: Mapping[str, str]) -> Iterator[Gateway]:
    """Starts both for the cluster; `places` are addresses and URLs of services -> where they are instead."""
    web, https, traefik_web, websecure, api = free_ports(5)
    texts = [nginx.gateway_config(cluster), forwards.forwards_config(cluster), traefik.dynamic_config(cluster)]
    front, stream, dynamic = throwaway.below(folder, "\0".join(texts)).split("\0")
    listens = {"80": web, "443": https}
    front, stream = (
        re.sub(r"listen (\d+)", lambda found: f"listen 127.0.0.1:{listens.get(found[1], found[1])}", text)
        for text in (front, stream)
    )
    front = front.replace(f"server {cluster.traefik.address}:443;", f"server 127.0.0.1:{websecure};")
    for place, instead in places.items():
        assert place in stream + dynamic, place
        stream, dynamic = stream.replace(place, instead), dynamic.replace(place, instead)
    (folder / "dynamic").mkdir()
    (folder / "dynamic" / "dynamic_conf.yml").write_text(dynamic)
    ours = {"dynamic": f"{folder}/dynamic", "trusted_ips": ["127.0.0.1"], "api": f"127.0.0.1:{api}"}
    static = render("phoenix.features.traefik", "traefik.yml.j2", **ours)
    static = static.replace('":80"', f'"127.0.0.1:{traefik_web}"').replace('":443"', f'"127.0.0.1:{websecure}"')
    (folder / "traefik.yml").write_text(static)
    (folder / "gateway.conf").write_text(front)
    (folder / "forwards.conf").write_text(stream)
    (folder / "nginx.conf").write_text(_frame(folder, bool(stream)))
    executable = program()
    assert executable
    with _process([executable, f"--configFile={folder}/traefik.yml"], folder / "traefik.log"):
        names = set(traefik.router_names(cluster))
        _until(lambda: names <= _routers(api), folder / "traefik.log")
        with _process([*_nginx(folder), "-g", "daemon off;"], folder / "error.log") as master:
            _until(lambda: _answers(https), folder / "error.log")
            yield Gateway(folder, https, websecure, api, master)


def _nginx(folder: Path) -> list[str]:
    return ["nginx", "-e", f"{folder}/error.log", "-p", str(folder), "-c", f"{folder}/nginx.conf"]


def _frame(folder: Path, stream: bool) -> str:
    """What the distribution's nginx.conf does, with everything below the folder."""
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "\n".join(f"    {kind}_temp_path {folder}/{kind};" for kind in kinds)
    module = f"load_module {stream_module()};\ninclude {folder}/forwards.conf;" if stream else ""
    # its workers cannot look into root's temporary folders
    user = "user root;" if os.geteuid() == 0 else ""
    return f"""\
{user}
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log notice;
{module}
events {{
    worker_connections 768;
}}
http {{
    access_log off;
    gzip on;
    ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3;
{temporary}
    include {folder}/gateway.conf;
}}
"""


@contextmanager
def _process(argv: list[str], log: Path) -> Iterator[int]:
    with log.open("a") as output, subprocess.Popen(argv, stdout=output, stderr=output) as process:
        try:
            yield process.pid
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()


def _until(true: Callable[[], bool], log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > end:
            raise TimeoutError(log.read_text()[-3000:])
        time.sleep(0.02)


def _routers(api: int) -> set[str]:
    try:
        found = requests.get(f"http://127.0.0.1:{api}/api/http/routers?per_page=1000", timeout=5).json()
    except requests.RequestException:
        return set()
    return {each["name"].removesuffix("@file") for each in found if each["status"] == "enabled"}


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
