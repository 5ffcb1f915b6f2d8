"""The checkout's virtualenv: exactly the pinned Python packages, each checked against its hash."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from toolchain import progress
from toolchain.go import version_of
from toolchain.places import PYTHON, REQUIREMENTS, ROOT, VENV
from toolchain.report import ToolchainError, say

ALWAYS = ("uv", "run", "lab", "dev")
LIMIT_S = 900.0
NEXT = "check that the package index is reached (pip's own configuration is used), then run it again"


def files(hooks: bool) -> list[Path]:
    """The requirement files to install; `hooks` adds the optional extra for the operator's own commands."""
    return [REQUIREMENTS / f"{name}.txt" for name in (*ALWAYS, *(("hooks",) if hooks else ()))]


def pinned(package: str, file: Path) -> str:
    """The version of a package in a requirements file."""
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith(f"{package}=="):
            return ".".join(str(part) for part in version_of(line) or ())
    raise ToolchainError(f"read {file}", f"it does not pin {package}", "run `make requirements`")


def create() -> None:
    """Make a new virtualenv in the checkout, with uv in it; whatever was there is cleared."""
    say("Python: a new virtualenv in .venv")
    # The interpreter behind a virtualenv, never the one that is being cleared.
    base = getattr(sys, "_base_executable", sys.executable)
    _run([base, "-m", "venv", "--clear", str(VENV)], "Python: virtualenv", "install python3-venv")
    pip = [str(PYTHON), "-m", "pip", "install", "--require-hashes", "--no-deps", "-r"]
    _run([*pip, str(REQUIREMENTS / "uv.txt")], "Python: uv", NEXT)


def sync(hooks: bool) -> None:
    """Bring the virtualenv to exactly the pinned packages, and put the checkout on its import path."""
    say("Python: packages")
    argv = [str(PYTHON), "-m", "uv", "pip", "sync", "--require-hashes", "--python", str(PYTHON)]
    _run([*argv, *map(str, files(hooks))], "Python: packages", NEXT, index())
    for site in VENV.glob("lib/python3*/site-packages"):
        (site / "phoenix-checkout.pth").write_text(f"{ROOT}\n", encoding="utf-8")


def index() -> dict[str, str]:
    """The environment that makes uv use the index and the certificates that pip is configured with."""
    env = dict(os.environ)
    for setting, variable in (("index-url", "UV_DEFAULT_INDEX"), ("cert", "SSL_CERT_FILE")):
        if variable not in env and (value := _pip_setting(setting)):
            env[variable] = value
    return env


def _pip_setting(name: str) -> str | None:
    for scope in (":env:", "global"):
        argv = [str(PYTHON), "-m", "pip", "config", "get", f"{scope}.{name}"]
        asked = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=False)
        if asked.returncode == 0 and asked.stdout.strip():
            return asked.stdout.strip()
    return None


def _run(argv: Sequence[str], step: str, next_step: str, env: dict[str, str] | None = None) -> None:
    progress.run(argv, step, limit_s=LIMIT_S, next_step=next_step, env=env)
