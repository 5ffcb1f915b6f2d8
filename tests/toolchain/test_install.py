"""What is installed is there whole or not at all, and by one process at a time."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.toolchain.conftest import MakeExecutable
from toolchain.install import whole
from toolchain.lock import held
from toolchain.places import ROOT
from toolchain.report import ToolchainError

LIMIT_S = 20.0


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.05)


def gone(pid: int) -> bool:
    """Whether a process has ended (a zombie that nobody reaped has)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_a_finished_block_leaves_the_directory_and_the_next_one_does_nothing(tmp_path: Path) -> None:
    target = tmp_path / "tool-1"
    with whole(target, "install tool") as room:
        assert room is not None
        (room / "tool").write_text("x")
        assert not target.exists()
    assert (target / "tool").read_text() == "x"
    with whole(target, "install tool") as room:
        assert room is None
    assert not list(tmp_path.glob("*.partial"))


def test_a_failing_block_leaves_nothing(tmp_path: Path) -> None:
    target = tmp_path / "tool-1"

    def fail_half_way() -> None:
        with whole(target, "install tool") as room:
            assert room is not None
            (room / "half").write_text("x")
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        fail_half_way()
    assert [path.name for path in tmp_path.iterdir()] == ["tool-1.lock"]


def test_what_a_killed_run_left_is_swept(tmp_path: Path) -> None:
    left = tmp_path / "tool-1.partial"
    left.mkdir()
    (left / "old").write_text("x")
    with whole(tmp_path / "tool-1", "install tool") as room:
        assert room is not None
        assert not list(room.iterdir())


def test_a_lock_that_stays_held_names_its_holder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lock = tmp_path / "lock"
    with (
        held(lock, "build engine"),
        pytest.raises(ToolchainError, match=rf"process {os.getpid()} \(build engine\) still"),
        held(lock, "build again", limit_s=0.3),
    ):
        pass
    assert f"waiting for process {os.getpid()} (build engine)" in capsys.readouterr().err
    with held(lock, "afterwards", limit_s=0.3):
        pass


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_build_leaves_nothing(
    executable: MakeExecutable, own_cache: Path, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    started = tmp_path / "started"
    executable(
        "go", f'[ "$1" = env ] && echo go99.1 && exit\necho $$ > {started}.new; mv {started}.new {started}\nsleep 60'
    )
    build = subprocess.Popen(
        [sys.executable, "-m", "toolchain.build", "step-ca"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_for(started.exists)
        assert list(own_cache.glob("step-ca-*.partial"))
        build.send_signal(number)
        _, told = build.communicate(timeout=LIMIT_S)
    finally:
        build.kill()
    assert build.returncode == code
    assert "Traceback" not in told
    assert [path.suffix for path in own_cache.iterdir()] == [".lock"]
    # Python does not wait for what it killed after an interrupt
    wait_for(lambda: gone(int(started.read_text())))
