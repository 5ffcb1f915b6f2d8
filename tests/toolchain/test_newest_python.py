"""Whoever has a newer Python than ours gets the same: it verifies certificates more strictly, for one."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from toolchain import packages
from toolchain.places import PYTHON, ROOT

pytestmark = pytest.mark.server

NEWEST = "3.13"
ROOMS = ("tests/clients", "tests/pki", "tests/providers/proxmox")


def candidates() -> Iterator[Path]:
    """Interpreters of that version: on PATH, and beside the one that runs this."""
    name = f"python{NEWEST}"
    yield from (Path(each) / name for each in os.environ["PATH"].split(":"))
    yield from sorted(Path(sys.base_prefix).parent.glob(f"{NEWEST}*/bin/{name}"), reverse=True)


def runs(interpreter: Path) -> bool:
    """A version manager's stand-in for an interpreter may refuse."""
    asked = "import sys, ensurepip; print('%d.%d' % sys.version_info[:2])"
    done = subprocess.run([interpreter, "-c", asked], capture_output=True, text=True, timeout=30, check=False)
    return done.stdout.strip() == NEWEST


def test_what_talks_to_others_does_so_under_it(tmp_path: Path) -> None:
    found = next((each for each in candidates() if each.exists() and runs(each)), None)
    if found is None:
        pytest.skip(f"no Python {NEWEST} on this machine")
    newest = tmp_path / "venv/bin/python"
    subprocess.run([found, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True, timeout=120)
    sync = [str(PYTHON), "-m", "uv", "pip", "sync", "--require-hashes", "--python", str(newest)]
    sync += map(str, packages.files(hooks=False))
    subprocess.run(sync, check=True, timeout=600, env=packages.index())
    tests = [str(newest), "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not engine and not portainer", *ROOMS]
    done = subprocess.run(tests, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout[-5000:]
    assert " passed" in done.stdout
