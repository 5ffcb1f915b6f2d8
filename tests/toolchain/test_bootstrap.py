"""bin/toolchain on a machine that lacks what it starts with."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from toolchain.places import ROOT

NEEDED = ("sh", "dirname", "readlink", "sed", "printf")


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A checkout's bin/toolchain, and beside it a PATH that holds next to nothing."""
    (tmp_path / "bin").mkdir()
    for name in ("toolchain", "bytecode"):
        shutil.copy(ROOT / "bin" / name, tmp_path / "bin")
    path = tmp_path / "path"
    path.mkdir()
    for name in NEEDED:
        found = shutil.which(name)
        assert found
        (path / name).symlink_to(found)
    for name in ("git", "make"):
        script(path / name, "exit 0")
    return tmp_path


def script(path: Path, body: str) -> None:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def run(bare: Path) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PATH": str(bare / "path")}
    return subprocess.run(
        [bare / "bin" / "toolchain"], env=env, capture_output=True, text=True, timeout=30, check=False
    )


def test_without_root_it_says_what_to_install_and_fails(bare: Path) -> None:
    script(bare / "path" / "id", "echo 1000")
    script(bare / "path" / "apt-get", "echo called >&2")
    done = run(bare)
    assert done.returncode != 0
    assert "as root: apt-get install python3 python3-venv curl" in done.stderr
    assert "called" not in done.stderr


def test_as_root_it_says_so_and_installs(bare: Path) -> None:
    script(bare / "path" / "id", "echo 0")
    script(bare / "path" / "apt-get", 'echo "apt-get $*" >&2; [ "$2" = update ] || exit 9')
    done = run(bare)
    assert done.returncode == 9
    told = done.stderr.splitlines()
    assert told[0].startswith("toolchain: installing from Debian: python3 python3-venv curl")
    assert told[1] == "apt-get -qq update"
    assert told[2].startswith("apt-get -qq install --yes --no-install-recommends python3 python3-venv curl")


def test_a_python_without_venv_lacks_only_that(bare: Path) -> None:
    script(bare / "path" / "id", "echo 1000")
    script(bare / "path" / "curl", "exit 0")
    script(bare / "path" / "python3", "exit 1")
    assert "apt-get install python3-venv" in run(bare).stderr


def test_a_python_that_is_too_old_is_refused(bare: Path) -> None:
    script(bare / "path" / "curl", "exit 0")
    script(bare / "path" / "id", "echo 0")
    script(bare / "path" / "apt-get", "exit 0")
    script(bare / "path" / "python3", 'case "$*" in *version_info*) exit 1;; --version) echo Python 3.9.2;; esac')
    done = run(bare)
    assert done.returncode == 1
    assert "Python 3.9.2 is too old" in done.stderr
