"""A Portainer on loopback, with TLS from a root of its own: the real one, or the lab's with the same API.

The real server is the binary `portainer` in the directory that PHOENIX_PORTAINER_DIR names.
"""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lab.images import programs
from phoenix.clients import portainer
from phoenix.clients.portainer import Portainer
from phoenix.pki import keys
from phoenix.pki.chain import to_pem
from phoenix.settings import Settings
from phoenix.specs.portainer import PortainerServer
from phoenix.vocabulary.network import node_address
from tests.loopback_ssh import Loopback
from tests.pki.authority import Authority
from tests.ports import free_port

KINDS = ("real", "own")
START_SECONDS = 15.0


def directory(kind: str) -> Path:
    """Where that kind's programs are; the test is skipped where they are not."""
    if kind == "real":
        named = os.environ.get("PHOENIX_PORTAINER_DIR")
        if not named or not (Path(named) / "portainer").exists():
            pytest.skip("PHOENIX_PORTAINER_DIR names no directory with a real `portainer`")
        return Path(named)
    try:
        return programs.portainer()
    except (OSError, RuntimeError) as error:
        pytest.skip(f"the lab's own Portainer cannot be built here: {error}")


@dataclass
class Server:
    """One server with its data; `stop` and `start` keep its address."""

    kind: str
    room: Path
    host: Loopback
    port: int
    spec: PortainerServer
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def settings(self) -> Settings:
        return self.host.settings

    @property
    def api(self) -> Portainer:
        return portainer.portainer(self.settings, self.spec)

    def start(self) -> None:
        """Starts it and waits until it listens."""
        argv = [str(directory(self.kind) / "portainer"), "--data", str(self.room / "data")]
        argv += ["--assets", str(self.room / "assets"), "--bind", f"127.0.0.1:{free_port()}"]
        argv += [
            "--bind-https",
            f"127.0.0.1:{self.port}",
            "--tunnel-addr",
            "127.0.0.1",
            "--tunnel-port",
            str(free_port()),
        ]
        argv += ["--sslcert", str(self.room / "cert.pem"), "--sslkey", str(self.room / "key.pem"), "--no-analytics"]
        environment = {**os.environ, "AGENT_SECRET": self.settings.agent_secret.get_secret_value()}
        with (self.room / "log").open("ab") as log:
            self.process = subprocess.Popen(argv, stdout=log, stderr=log, env=environment)
        _await_listening(self.port, self.process, self.room / "log")

    def stop(self) -> None:
        """Ends it; its data stay."""
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)
            self.process = None


def make(kind: str, room: Path, host: Loopback) -> Iterator[Server]:
    """A server of that kind, not yet started, whose root certificate lies on the loopback node."""
    directory(kind)
    authority = Authority()
    chain, key = authority.issue(
        frozenset({"127.0.0.1"}), start=datetime.now(UTC) - timedelta(minutes=5), lifetime=timedelta(hours=24)
    )
    (room / "assets" / "public").mkdir(parents=True)
    (room / "assets" / "public" / "index.html").write_text("")
    (room / "data").mkdir()
    for program in ("docker", "docker-compose"):
        found = shutil.which("docker") or shutil.which("true")
        assert found is not None
        (room / "assets" / program).symlink_to(found)
    (room / "cert.pem").write_bytes(chain.pem)
    (room / "key.pem").write_bytes(keys.private_pem(key))
    (room / "root.pem").write_bytes(to_pem(authority.root))
    port = free_port()
    node = node_address(host.address, host.port)
    spec = PortainerServer(url=f"https://127.0.0.1:{port}", node=node, root_path=str(room / "root.pem"))
    server = Server(kind, room, host, port, spec)
    try:
        yield server
    finally:
        server.stop()
        portainer.forget(spec)


def _await_listening(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"nothing listens on {port}: {log.read_text()[-1500:]}")
