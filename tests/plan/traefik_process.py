"""A real Traefik on loopback."""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.ports import free_ports
from toolchain.places import cache

START_LIMIT_S = 30


def program() -> str | None:
    """Traefik beside this Python, on PATH, or in the cache."""
    found = shutil.which("traefik", path=str(Path(sys.executable).parent)) or shutil.which("traefik")
    return found or next((str(path) for path in cache().glob("lab-parts/traefik-*/traefik")), None)


@dataclass(frozen=True)
class Traefik:
    """Where it answers, and what it logs."""

    api: int
    web: int
    websecure: int
    log: Path

    def http(self, kind: str, provider: str) -> dict[str, dict[str, Any]]:
        """The `routers`, `services` or `middlewares` of one provider by their names without it."""
        every = requests.get(f"http://127.0.0.1:{self.api}/api/http/{kind}?per_page=1000", timeout=5).json()
        return {each["name"].removesuffix(f"@{provider}"): each for each in every if each["provider"] == provider}


@contextmanager
def running(folder: Path, provider: str, *options: str) -> Iterator[Traefik]:
    """A Traefik with these options for its provider, once that has given it routers; skips where there is none."""
    executable = program()
    if executable is None:
        pytest.skip("no traefik beside this Python, on PATH or in the cache (requirements/lab.txt has it)")
    web, websecure, api = free_ports(3)
    argv = [
        executable,
        f"--entrypoints.web.address=127.0.0.1:{web}",
        f"--entrypoints.websecure.address=127.0.0.1:{websecure}",
        "--entrypoints.websecure.asdefault=true",
        f"--entrypoints.traefik.address=127.0.0.1:{api}",
        "--api.insecure=true",
        "--global.checknewversion=false",
        "--global.sendanonymoususage=false",
        "--log.level=WARN",
        *options,
    ]
    log = folder / "log"
    with log.open("w") as output, subprocess.Popen(argv, stdout=output, stderr=output, cwd=folder) as process:
        try:
            found = Traefik(api, web, websecure, log)
            _await(found, provider, process)
            yield found
        finally:
            process.kill()


def _await(found: Traefik, provider: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if found.http("routers", provider):
                return
        except requests.RequestException:
            pass
        time.sleep(0.05)
    pytest.fail(f"Traefik did not serve: {found.log.read_text()[-2000:]}")
