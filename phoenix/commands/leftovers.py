"""What a killed run leaves in Pulumi's state: a lock whose owner is dead, and creates that nobody finished."""

import json
import os
import socket
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ruamel.yaml import YAML

from phoenix.commands import pulumi_cli


def clear(stack: str) -> list[str]:
    """Removes what is provably left over; one line for each thing that was done."""
    done = []
    for file, holder in _dead_locks(stack):
        # only this file: `pulumi cancel` would take the lock of a living run with it
        file.unlink(missing_ok=True)
        done.append(f"removed the lock of process {holder}, which no longer runs")
    if _pending(stack):
        # creates adopt what exists, so that forgetting an unfinished one loses nothing
        pulumi_cli.ask(["refresh", "--yes", "--stack", stack, "--clear-pending-creates"], timeout=1800.0)
        done.append("cleared creates that an interrupted run had begun")
    return done


def _dead_locks(stack: str) -> list[tuple[Path, int]]:
    backend = os.environ.get("PULUMI_BACKEND_URL", "")
    if not backend.startswith("file://"):
        return []
    locks = Path(unquote(urlsplit(backend).path)) / ".pulumi" / "locks"
    dead = []
    for file in locks.glob(f"*/{_project()}/{stack}/*.json"):
        try:
            lock = json.loads(file.read_text())
        except (OSError, ValueError):
            continue
        if lock.get("hostname") == socket.gethostname() and not Path(f"/proc/{lock.get('pid')}").exists():
            dead.append((file, int(lock["pid"])))
    return dead


def _project() -> str:
    return str(YAML(typ="safe", pure=True).load(Path("Pulumi.yaml"))["name"])


def _pending(stack: str) -> bool:
    state = pulumi_cli.ask_json(["stack", "export", "--stack", stack])
    return bool((state.get("deployment") or {}).get("pending_operations"))
