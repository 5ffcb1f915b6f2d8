"""A real step-ca on loopback for tests, its PKI made by the feature that makes the cluster's.

@pytest.fixture
def ca(tmp_path): yield from step_ca_server.serve(tmp_path / "ca")
"""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from phoenix.clients.step_ca import StepCa
from phoenix.features.step_ca.files import Authority, make
from tests.ports import free_port
from toolchain.build import build, recipe
from toolchain.report import ToolchainError

START_SECONDS = 20.0
PROVISIONER = "admin@internal"
CLAIMS = {"minTLSCertDuration": "5m", "maxTLSCertDuration": "48h", "defaultTLSCertDuration": "24h"}


def executable() -> str:
    """step-ca from PATH or the toolchain's cache, built where neither has it; skips where it cannot be built."""
    if found := shutil.which("step-ca"):
        return found
    try:
        return str(build(recipe("step-ca")))
    except ToolchainError as error:
        pytest.skip(f"step-ca is not on PATH and cannot be built here: {error}")


@dataclass
class Server:
    """A CA in `steppath`, listening on `port` while started."""

    steppath: Path
    port: int
    binary: str
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def client(self) -> StepCa:
        return StepCa(self.url, (self.steppath / "certs/root_ca.crt").read_text())

    @property
    def log(self) -> str:
        return (self.steppath / "log").read_text()

    def start(self, wait: bool = True) -> None:
        """Starts it; with `wait` returns when it is healthy."""
        with (self.steppath / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.binary, "config/ca.json", "--password-file", "password.txt"],
                cwd=self.steppath,
                env={"STEPPATH": str(self.steppath), "HOME": str(self.steppath), "PATH": os.environ["PATH"]},
                stdout=log,
                stderr=log,
            )
        if wait:
            self.client.wait(START_SECONDS)

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)
            self.process = None

    def configure(self, change: Mapping[str, Any]) -> None:
        """Changes members of the (only) provisioner, and restarts the CA."""
        path = self.steppath / "config/ca.json"
        configuration = json.loads(path.read_text())
        configuration["authority"]["provisioners"][0].update(change)
        path.write_text(json.dumps(configuration))
        self.stop()
        self.start()


def bootstrap(steppath: Path, name: str = "Test CA") -> Server:
    """A new PKI in `steppath`, not yet started; skips where there is no step-ca."""
    binary = executable()
    port = free_port()
    names = ("localhost", "127.0.0.1")
    authority = Authority(name, PROVISIONER, names, f"127.0.0.1:{port}", str(steppath), CLAIMS)
    for path, (content, mode) in make(authority).files.items():
        file = steppath / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        file.chmod(mode)
    return Server(steppath, port, binary)


def serve(steppath: Path) -> Iterator[Server]:
    """A started CA, stopped when the generator is closed."""
    server = bootstrap(steppath)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def wait_until(moment: float) -> None:
    """Sleeps until `moment` (seconds since the epoch), a few seconds at most."""
    left = moment - time.time()
    assert left < 10, "a test must not wait that long"
    time.sleep(max(left, 0))
