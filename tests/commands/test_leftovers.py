"""What a killed run leaves behind: a lock of a dead process is removed, any other stays."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from phoenix.commands import leftovers, pulumi_cli


@pytest.fixture
def backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file backend whose folder has a space in its name; the run is in the project's folder."""
    monkeypatch.chdir(Path(__file__).parents[2])
    folder = tmp_path / "a backend"
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{str(folder).replace(' ', '%20')}")
    return folder


@pytest.fixture
def dead() -> int:
    """The ID of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait(timeout=30)
    return process.pid


class Cli:
    """Answers for the Pulumi CLI, and remembers what it was asked."""

    def __init__(self, pending: list[dict[str, Any]] | None) -> None:
        self.asked: list[str] = []
        self._state = {"deployment": None if pending is None else {"pending_operations": pending}}

    def ask(self, arguments: list[str], *, timeout: float = 60.0) -> str:
        assert timeout > 0
        self.asked.append(" ".join(arguments))
        return json.dumps(self._state) if arguments[:2] == ["stack", "export"] else ""


def answering(monkeypatch: pytest.MonkeyPatch, pending: list[dict[str, Any]] | None = None) -> Cli:
    cli = Cli(pending)
    monkeypatch.setattr(pulumi_cli, "ask", cli.ask)
    return cli


def lock(backend: Path, content: Any, stack: str = "dev", project: str = "phoenix") -> Path:
    file = backend / ".pulumi" / "locks" / "organization" / project / stack / "1.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return file


def test_a_lock_of_a_dead_process_is_removed(backend: Path, dead: int, monkeypatch: pytest.MonkeyPatch) -> None:
    content = {"pid": dead, "username": "root", "hostname": socket.gethostname(), "timestamp": "t"}
    file = lock(backend, content)
    cli = answering(monkeypatch)
    assert leftovers.clear("dev") == [f"removed the lock of process {dead}, which no longer runs"]
    assert not file.exists()
    assert cli.asked == ["stack export --stack dev"]


def holder(**given: Any) -> dict[str, Any]:
    return {"pid": os.getpid(), "hostname": socket.gethostname(), **given}


KEPT = [
    "of a living process",
    "of another machine",
    "of another stack",
    "of another project",
    "unreadable",
    "without a process",
]


@pytest.mark.parametrize("case", KEPT)
def test_any_other_lock_stays(backend: Path, dead: int, monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    contents: dict[str, Any] = {
        "of a living process": holder(),
        "of another machine": holder(pid=dead, hostname="elsewhere"),
        "of another stack": holder(pid=dead),
        "of another project": holder(pid=dead),
        "unreadable": "{",
        "without a process": {},
    }
    stack = "production" if case == "of another stack" else "dev"
    file = lock(backend, contents[case], stack, "other" if case == "of another project" else "phoenix")
    cli = answering(monkeypatch)
    assert leftovers.clear("dev") == []
    assert file.exists()
    assert cli.asked == ["stack export --stack dev"]


@pytest.mark.parametrize("url", ["", "https://api.example.org", "s3://bucket"])
def test_only_a_backend_of_files_has_locks_to_look_at(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", url)
    answering(monkeypatch)
    assert leftovers.clear("dev") == []


@pytest.mark.parametrize(("pending", "told"), [(None, False), ([], False), ([{"type": "creating"}], True)])
def test_creates_that_nobody_finished_are_cleared(
    backend: Path, monkeypatch: pytest.MonkeyPatch, pending: list[dict[str, Any]] | None, told: bool
) -> None:
    assert not backend.exists()
    cli = answering(monkeypatch, pending)
    assert leftovers.clear("dev") == (["cleared creates that an interrupted run had begun"] if told else [])
    assert ("refresh --yes --stack dev --clear-pending-creates" in cli.asked) is told
