"""Static programs built from the lab's own Go sources (standard library only)."""

import platform
import subprocess
from pathlib import Path

from lab.images.parts import part, sources
from toolchain import go

LAB = Path(__file__).resolve().parent.parent
FLAGS = ("build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w")
BUILD_LIMIT_S = 600


def portainer() -> Path:
    """The directory with the lab's own ``portainer`` and ``portainer-agent``."""
    return _built("portainer", LAB / "portainer", "./cmd/...")


def standin() -> Path:
    """The one program that stands in for what no lab can have; it acts by the name it is called by."""
    return _built("standin", LAB / "images" / "standin", ".") / "standin"


def _built(name: str, module: Path, packages: str) -> Path:
    def compile_into(room: Path) -> None:
        executable = go.find(go.needed_by(module / "go.mod"))
        command = [str(executable), *FLAGS, "-o", f"{room}/", packages]
        run = subprocess.run(
            command,
            cwd=module,
            env=go.environment(),
            capture_output=True,
            text=True,
            timeout=BUILD_LIMIT_S,
            check=False,
        )
        if run.returncode:
            raise RuntimeError(f"building the lab's {name} with {executable} failed:\n{run.stderr[-1500:]}")

    return part(f"program-{name}", [platform.machine(), *FLAGS, *sources(module)], compile_into)
