"""What a killed run leaves in Pulumi's state: a lock whose owner is dead, files it was writing, unfinished creates."""

import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ruamel.yaml import YAML

from phoenix.commands import pulumi_cli

WRITTEN_SECONDS = 10.0
"""A file of a state is written in a fraction of this."""


def mend(stack: str) -> list[str]:
    """Takes away, from a backend of files, what keeps the CLI from reading or locking the stack's state.

    One line for each thing that an operator may want to know. To be called before the CLI is.
    """
    done = []
    for file, holder in _dead_locks(stack):
        # only this file: `pulumi cancel` would take the lock of a living run with it
        for each in (file, file.with_name(f"{file.name}.attrs")):
            each.unlink(missing_ok=True)
        done.append(f"removed the lock of process {holder}, which no longer runs")
    for file in _cut_short(stack):
        file.unlink(missing_ok=True)
        done.append(f"removed {file}, which an interrupted run was writing")
    return done


def forget_pending(stack: str) -> list[str]:
    """Removes creates that nobody finished from a state that can be read; one line when there were some."""
    state = pulumi_cli.ask_json(["stack", "export", "--stack", stack])
    if not (state.get("deployment") or {}).get("pending_operations"):
        return []
    # creates adopt what exists, so that forgetting an unfinished one loses nothing
    pulumi_cli.ask(["refresh", "--yes", "--stack", stack, "--clear-pending-creates"], timeout=1800.0)
    return ["cleared creates that an interrupted run had begun"]


def _found(*places: str) -> Iterator[Path]:
    """What a backend of files holds there; any other has none."""
    backend = os.environ.get("PULUMI_BACKEND_URL", "")
    if backend.startswith("file://"):
        project = YAML(typ="safe", pure=True).load(Path("Pulumi.yaml"))["name"]
        files = Path(unquote(urlsplit(backend).path)) / ".pulumi"
        for place in places:
            yield from files.glob(place.format(project=project))


def _dead_locks(stack: str) -> list[tuple[Path, int]]:
    dead = []
    for file in _found(f"locks/*/{{project}}/{stack}/*.json"):
        try:
            lock = json.loads(file.read_text())
        except (OSError, ValueError):
            continue
        if lock.get("hostname") == socket.gethostname() and not _runs(lock.get("pid")):
            dead.append((file, int(lock["pid"])))
    return dead


def _runs(process: object) -> bool:
    """Whether it is a CLI: after a restart of the machine, its number soon belongs to somebody else."""
    try:
        return Path(f"/proc/{process}/comm").read_text().startswith("pulumi")
    except OSError:
        return False


def _cut_short(stack: str) -> Iterator[Path]:
    """Files that the CLI cannot get past.

    It writes beside each file another one of attributes, and not atomically: where that is half a one the file counts
    as unreadable, where there is none all is well, even to a run that is writing it. A new file's content comes under a
    temporary name, which in the directory of locks counts as a lock.
    """
    state, others = f"stacks/{{project}}/{stack}.json*", f"*/{{project}}/{stack}/*"
    for file in _found("meta.yaml*", state, others, f"locks/{others}"):
        if (file.suffix == ".attrs" and not _is_json(file)) or (file.suffix == ".tmp" and _is_old(file)):
            yield file


def _is_json(file: Path) -> bool:
    try:
        json.loads(file.read_bytes())
    except FileNotFoundError:
        return True
    except ValueError:
        return False
    return True


def _is_old(file: Path) -> bool:
    try:
        return time.time() - file.stat().st_mtime > WRITTEN_SECONDS
    except FileNotFoundError:
        return False
