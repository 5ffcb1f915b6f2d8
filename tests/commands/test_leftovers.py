"""What a killed run leaves behind: a lock of a dead process is removed, any other stays; half a file is no file."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from phoenix.commands import leftovers, pulumi_cli
from phoenix.commands.lock import Ended


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


@pytest.fixture
def living(tmp_path: Path) -> Iterator[int]:
    """The ID of a process that goes by the CLI's name."""
    program = shutil.copy("/bin/sleep", tmp_path / "pulumi")
    with subprocess.Popen([program, "60"]) as process:
        deadline = time.monotonic() + 30
        # the kernel names a process last of all
        while Path(f"/proc/{process.pid}/comm").read_text() != "pulumi\n":
            assert time.monotonic() < deadline
        yield process.pid
        process.kill()


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
    file.with_name("1.json.attrs").write_text("{}")
    cli = answering(monkeypatch)
    assert leftovers.mend("dev") == [f"removed the lock of process {dead}, which no longer runs"]
    assert list(file.parent.iterdir()) == []
    assert cli.asked == []


def test_a_lock_whose_process_has_become_another_is_removed(backend: Path) -> None:
    file = lock(backend, {"pid": os.getpid(), "hostname": socket.gethostname()})
    assert len(leftovers.mend("dev")) == 1
    assert not file.exists()


KEPT = [
    "of a living process",
    "of another machine",
    "of another stack",
    "of another project",
    "unreadable",
    "without a process",
]


@pytest.mark.parametrize("case", KEPT)
def test_any_other_lock_stays(backend: Path, dead: int, living: int, case: str) -> None:
    contents: dict[str, Any] = {
        "of a living process": {"pid": living, "hostname": socket.gethostname()},
        "of another machine": {"pid": dead, "hostname": "elsewhere"},
        "of another stack": {"pid": dead, "hostname": socket.gethostname()},
        "of another project": {"pid": dead, "hostname": socket.gethostname()},
        "unreadable": "{",
        "without a process": {},
    }
    stack = "production" if case == "of another stack" else "dev"
    file = lock(backend, contents[case], stack, "other" if case == "of another project" else "phoenix")
    assert leftovers.mend("dev") == []
    assert file.exists()


@pytest.mark.parametrize("url", ["", "https://api.example.org", "s3://bucket"])
def test_only_a_backend_of_files_has_locks_to_look_at(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", url)
    assert leftovers.mend("dev") == []


@pytest.mark.parametrize(("pending", "told"), [(None, False), ([], False), ([{"type": "creating"}], True)])
def test_creates_that_nobody_finished_are_cleared(
    monkeypatch: pytest.MonkeyPatch, pending: list[dict[str, Any]] | None, told: bool
) -> None:
    cli = answering(monkeypatch, pending)
    assert leftovers.forget_pending("dev") == (["cleared creates that an interrupted run had begun"] if told else [])
    assert ("refresh --yes --stack dev --clear-pending-creates" in cli.asked) is told


# path in the backend, content, whether it is gone then; each is older than a write takes but for the last
HALF = [
    ("stacks/phoenix/dev.json.attrs", "", True),
    ("stacks/phoenix/dev.json.bak.attrs", '{"user.cache', True),
    ("history/phoenix/dev/dev-1.history.json.attrs", "", True),
    ("meta.yaml.attrs", "", True),
    ("stacks/phoenix/dev.json.18ea.tmp", "{}", True),
    ("locks/organization/phoenix/dev/1.json.18ea.tmp", "", True),
    ("stacks/phoenix/dev.json.attrs", '{"md5": "x"}\n', False),
    ("stacks/phoenix/dev.json", "", False),
    ("stacks/phoenix/production.json.attrs", "", False),
    ("stacks/other/dev.json.attrs", "", False),
    ("locks/organization/phoenix/production/1.json.18ea.tmp", "", False),
    ("locks/organization/phoenix/dev/new.json.18ea.tmp", "", False),
]


@pytest.mark.parametrize(("name", "content", "gone"), HALF, ids=[f"{name} {content}" for name, content, _ in HALF])
def test_half_a_file_is_removed(backend: Path, name: str, content: str, gone: bool) -> None:
    file = backend / ".pulumi" / name
    file.parent.mkdir(parents=True)
    file.write_text(content)
    if "new" not in file.name:
        os.utime(file, (1, 1))
    told = [f"removed {file}, which an interrupted run was writing"]
    assert leftovers.mend("dev") == (told if gone else [])
    assert file.exists() is not gone


@pytest.mark.engine
def test_what_keeps_the_engine_from_its_state_is_mended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: tiny\nruntime: python\n")
    (tmp_path / "__main__.py").write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path}")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "test")
    pulumi_cli.ask(["stack", "init", "dev"])
    attributes = tmp_path / ".pulumi/stacks/tiny/dev.json.attrs"
    lock_directory = tmp_path / ".pulumi/locks/organization/tiny/dev"
    lock_directory.mkdir(parents=True, exist_ok=True)
    for file, said in ((attributes, "load checkpoint: EOF"), (lock_directory / "1.json.2.tmp", "end of JSON input")):
        file.write_text("")
        os.utime(file, (1, 1))
        with pytest.raises(subprocess.CalledProcessError) as refused:
            pulumi_cli.ask(["up", "--yes", "--skip-preview", "--stack", "dev"])
        ended = Ended(1, refused.value.stderr)
        assert said in ended.complaint
        # so that the next attempt, which mends it, is made at all
        assert ended.locked
        assert len(leftovers.mend("dev")) == 1
        pulumi_cli.ask(["up", "--yes", "--skip-preview", "--stack", "dev"])
