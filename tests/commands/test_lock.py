"""Two runs of one stack: the second waits while the first holds the lock, and says who that is."""

import getpass
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from phoenix.commands import lock
from phoenix.commands.converging import Run, converge
from phoenix.commands.lock import Ended

FILE_BACKEND = """error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end
  file:///state/.pulumi/locks/organization/phoenix/dev/1.json: created by root@ops (pid 7) at 2026-11-22T02:40:35Z
"""
CLOUD = "error: [409] Conflict: Another update is currently in progress.\n"
# the file backend writes a checkpoint's attributes in place
TORN = "error: failed to load checkpoint: EOF\n"
HALF_A_LOCK = "warning: one\nerror: unexpected end of JSON input\n"
# sleeps only while the file `slow` is there, so that one run is slow and the next is not
CONVERGE = "import sys; from phoenix.commands.converging import Run, converge; sys.exit(converge(Run('dev'), 60.0))"
PROGRAM = """
import pathlib, time
while pathlib.Path("slow").exists():
    time.sleep(0.2)
"""


@pytest.mark.parametrize(
    ("ended", "locked", "holder"),
    [
        (Ended(1, FILE_BACKEND), True, "a lock created by root@ops (pid 7) at 2026-11-22T02:40:35Z"),
        (Ended(255, CLOUD), True, "another run (error: [409] Conflict: Another update is currently in progress.)"),
        (Ended(1, TORN), True, "another run (error: failed to load checkpoint: EOF)"),
        (Ended(1, HALF_A_LOCK), True, "another run (error: unexpected end of JSON input)"),
        (Ended(1, "error: update failed\n"), False, ""),
        (Ended(1, "error: failed to load checkpoint: stack is not there\n"), False, ""),
        (Ended(0, FILE_BACKEND), False, ""),
    ],
)
def test_a_lock_is_told_from_other_failures(ended: Ended, locked: bool, holder: str) -> None:
    assert ended.locked is locked
    if locked:
        assert ended.holder == holder


def test_a_free_stack_is_attempted_once(capfd: pytest.CaptureFixture[str]) -> None:
    answers = [Ended(3, "error: update failed")]
    assert lock.until_unlocked(answers.pop, stack="dev", limit=60.0) == 3
    assert capfd.readouterr().err == ""


def test_waiting_is_told_once_and_ends_with_the_lock(capfd: pytest.CaptureFixture[str]) -> None:
    answers = [Ended(0), Ended(1, FILE_BACKEND), Ended(1, FILE_BACKEND)]
    assert lock.until_unlocked(answers.pop, stack="dev", limit=60.0, pause=0.01) == 0
    assert capfd.readouterr().err == (
        "stack dev: waiting at most 60 s for a lock created by root@ops (pid 7) at 2026-11-22T02:40:35Z\n"
    )


def test_waiting_has_a_limit_and_names_the_holder(capfd: pytest.CaptureFixture[str]) -> None:
    begun = time.monotonic()
    assert lock.until_unlocked(lambda: Ended(1, FILE_BACKEND), stack="dev", limit=0.3, pause=0.1) == 1
    assert time.monotonic() - begun < 5
    told = capfd.readouterr().err
    assert "up failed: still locked after 0 s by a lock created by root@ops (pid 7)" in told
    assert "next: wait for that run to end" in told


def test_what_a_run_says_arrives_but_for_the_lock(capfd: pytest.CaptureFixture[str]) -> None:
    script = "import sys; print('out'); print('warning: one', file=sys.stderr); print(sys.argv[1], file=sys.stderr)"
    plain = lock.watched([sys.executable, "-c", script, "two"], dict(os.environ))
    assert (plain.code, plain.locked) == (0, False)
    assert capfd.readouterr().err == "warning: one\ntwo\n"
    held = lock.watched([sys.executable, "-c", script + "; sys.exit(1)", FILE_BACKEND], dict(os.environ))
    assert held.locked
    assert capfd.readouterr().err == "warning: one\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tiny project with a file backend, its stack `dev` made; the working directory for this test."""
    folder = tmp_path / "project"
    folder.mkdir()
    (tmp_path / "state").mkdir()
    (folder / "Pulumi.yaml").write_text("name: tiny\nruntime: python\n")
    (folder / "__main__.py").write_text(PROGRAM)
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path / 'state'}")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "test")
    monkeypatch.chdir(folder)
    made = ["pulumi", "stack", "init", "dev", "--non-interactive"]
    subprocess.run(made, check=True, capture_output=True, timeout=60)
    return folder


@pytest.fixture
def operator(project: Path, tmp_path: Path) -> "Iterator[subprocess.Popen[bytes]]":
    """A `pulumi up` that holds the stack's lock while the file `slow` is there."""
    (project / "slow").touch()
    argv = ["pulumi", "up", "--stack", "dev", "--yes", "--skip-preview", "--non-interactive"]
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while not list((tmp_path / "state").glob(".pulumi/locks/**/*.json")):
            assert time.monotonic() < deadline, "the first run took no lock"
            time.sleep(0.05)
        yield process
    finally:
        (project / "slow").unlink(missing_ok=True)
        process.wait(timeout=60)


@pytest.mark.engine
def test_a_timers_run_gives_up_in_time_and_names_the_operators(
    operator: "subprocess.Popen[bytes]", capfd: pytest.CaptureFixture[str]
) -> None:
    assert converge(Run("dev"), 2.0) != 0
    told = capfd.readouterr().err
    assert f"(pid {operator.pid})" in told
    assert "still locked after" in told
    assert "currently locked" not in told
    assert operator.poll() is None


@pytest.mark.engine
def test_a_timers_run_goes_on_when_the_operators_has_ended(
    operator: "subprocess.Popen[bytes]", project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    waiting = subprocess.Popen(
        [sys.executable, "-c", CONVERGE],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert waiting.stderr is not None
        # pulumi warns here too when its language host comes from elsewhere on PATH
        said = iter(waiting.stderr.readline, "")
        told = next((line for line in said if "waiting at most" in line), "")
        assert (
            f"waiting at most 60 s for a lock created by {getpass.getuser()}@{os.uname().nodename} (pid {operator.pid})"
            in told
        )
        (project / "slow").unlink()
        assert operator.wait(timeout=60) == 0
        assert waiting.wait(timeout=60) == 0, waiting.stderr.read()
    finally:
        waiting.kill()
        waiting.wait(timeout=10)
    assert "Stages" in capfd.readouterr().out
