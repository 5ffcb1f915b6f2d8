"""The images which the lab's registry offers in place of docker.io."""

import os
import shutil
import subprocess
from pathlib import Path

from lab.images import programs
from lab.images.parts import file_digest, part
from lab.images.registry import Image, write
from lab.mirror.repository import archive

PORTAINER_TAGS = ("2.23.0", "lts", "latest")
# Debian's packages of the docker command and of all that it needs in an otherwise empty image.
CLI = ("docker.io", "libc6")
PROGRAMS = ("portainer", "portainer-agent")


def portainer_programs() -> Path:
    """The directory with ``portainer`` and ``portainer-agent``: the real ones when the environment names them.

    :raises LookupError: PHOENIX_PORTAINER_DIR names a directory that lacks one of them.
    """
    named = os.environ.get("PHOENIX_PORTAINER_DIR")
    if not named:
        return programs.portainer()
    for program in PROGRAMS:
        if not os.access(Path(named) / program, os.X_OK):
            raise LookupError(f"PHOENIX_PORTAINER_DIR={named} has no executable {program}; unset it, or put it there")
    return Path(named)


def storage(mirror: Path) -> Path:
    """A cached registry storage with every image; ``mirror`` is the package repository."""
    portainer, standin = portainer_programs(), programs.standin()
    packages = [archive(package, mirror) for package in CLI]
    recipe = [file_digest(portainer / program) for program in PROGRAMS]
    recipe += [file_digest(standin), *(package.name for package in packages)]

    def fill(room: Path) -> None:
        for image in [*stand_ins(standin), agent(portainer), server(portainer, docker_cli(packages, room / "cli"))]:
            write(image, room / "storage")
        shutil.rmtree(room / "cli")

    return part("registry", [*recipe, *_own_source()], fill) / "storage"


def stand_ins(program: Path) -> list[Image]:
    """Images of applications that the lab cannot have."""
    return [
        Image("qdrant/qdrant", ("latest",), {"/qdrant/qdrant": program}, ("/qdrant/qdrant",), ports=(6333, 6334)),
        Image(
            "library/thinkheads_ai_app",
            ("latest",),
            {"/app/thinkheads_ai_app": program},
            ("/app/thinkheads_ai_app",),
            environment=("API_PORT=8000",),
            ports=(8000,),
        ),
    ]


def agent(portainer: Path) -> Image:
    """Portainer's agent."""
    files: dict[str, Path | str] = {"/agent": portainer / "portainer-agent"}
    return Image("portainer/agent", PORTAINER_TAGS, files, ("/agent",), ports=(9001,))


def server(portainer: Path, cli: dict[str, Path | str]) -> Image:
    """Portainer's server with the docker command that deploys its stacks."""
    files: dict[str, Path | str] = {
        "/portainer": portainer / "portainer",
        # The real server only looks whether it is there and executable.
        "/docker-compose": "#!/nothing\n",
        "/public/index.html": "<!doctype html><title>Portainer</title>\n",
        "/etc/nsswitch.conf": "hosts: files dns\n",
        "/etc/passwd": "root:x:0:0:root:/:/portainer\n",
        **cli,
    }
    return Image(
        "portainer/portainer-ce", PORTAINER_TAGS, files, ("/portainer",), ports=(8000, 9000, 9443), volumes=("/data",)
    )


def docker_cli(packages: list[Path], room: Path) -> dict[str, Path | str]:
    """Take the docker command, its libraries and its loader out of Debian's packages, by their paths in the image."""
    for package in packages:
        subprocess.run(["dpkg-deb", "--extract", str(package), str(room)], check=True, timeout=120)
    libraries = room / "lib/x86_64-linux-gnu"
    return {
        "/docker": room / "usr/bin/docker",
        "/lib64/ld-linux-x86-64.so.2": libraries / "ld-linux-x86-64.so.2",
        "/lib/x86_64-linux-gnu/libc.so.6": libraries / "libc.so.6",
    }


def _own_source() -> list[bytes]:
    here = Path(__file__).resolve().parent
    return [(here / name).read_bytes() for name in ("containers.py", "registry.py")]
