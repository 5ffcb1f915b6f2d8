"""Downloads packages and all they depend on, as if for an empty machine."""

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

from lab.apt import machine_sources

LIMIT_S = 900


def download(packages: Iterable[str], room: Path) -> list[Path]:
    """Fetch packages with their dependencies into ``room/archives``; returns the ``.deb`` files.

    apt runs with the machine's configuration but a state of its own in ``room``: what the machine has installed
    changes nothing, and nothing of the machine changes.

    :raises LookupError: the machine has no apt entry for the lab's Debian.
    :raises RuntimeError: apt failed; the message ends with its last lines.
    """
    state, archives = room / "state", room / "archives"
    for directory in (state / "lists" / "partial", archives / "partial"):
        directory.mkdir(parents=True)
    (state / "status").touch()
    (state / "sources.list").write_text("\n".join(machine_sources()) + "\n")
    _apt(_options(state, archives), "update")
    _apt(_options(state, archives), "install", "--download-only", "--yes", "--no-install-recommends", *packages)
    return sorted(archives.glob("*.deb"))


def _options(state: Path, archives: Path) -> list[str]:
    settings = {
        "Dir::State": state,
        "Dir::State::status": state / "status",
        "Dir::Cache": state,
        "Dir::Cache::archives": archives,
        "Dir::Etc::sourcelist": state / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::Etc::preferencesparts": "/dev/null",
        "APT::Sandbox::User": "root",
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
    }
    return [f"-o{key}={value}" for key, value in settings.items()]


def _apt(options: list[str], *arguments: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    command = ["apt-get", "-q", *options, *arguments]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    if run.returncode:
        raise RuntimeError(f"apt-get {arguments[0]} for the lab's mirror failed:\n{(run.stdout + run.stderr)[-1500:]}")
