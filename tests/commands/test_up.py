"""What `phoenix up` leaves on the machine that it runs on, even when it is killed."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
LIMIT = 30.0


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """One in which `pulumi` is what a test writes, and temporary files are its own."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "temporary").mkdir()
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    own = {"PATH": path, "TMPDIR": str(tmp_path / "temporary"), "PULUMI_BACKEND_URL": ""}
    return {**os.environ, **own}


def start(environment: dict[str, str], folder: Path, pulumi: str) -> "subprocess.Popen[bytes]":
    program = folder / "bin" / "pulumi"
    program.write_text(f"#!/bin/sh\n{pulumi}\n")
    program.chmod(0o755)
    command = [str(CHECKOUT / "bin" / "phoenix"), "up", "--stack", "dev"]
    return subprocess.Popen(command, env=environment, cwd=folder, stderr=subprocess.DEVNULL, start_new_session=True)


def test_what_a_killed_run_left_is_taken_away_by_the_next(environment: dict[str, str], tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    killed = start(environment, tmp_path, "exec sleep 60")
    deadline = time.monotonic() + LIMIT
    while not list(temporary.glob("*/lock")):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait(LIMIT)
    assert len(list(temporary.iterdir())) == 1
    assert start(environment, tmp_path, "exit 1").wait(LIMIT) == 1
    assert list(temporary.iterdir()) == []
