"""Private directories: closed to others, and swept when their process is gone, however it went."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

_HOLD = """
import sys
from phoenix.clients.private_directory import private_directory
print(private_directory("trial"), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2])}


def _start(environment: dict[str, str]) -> tuple["subprocess.Popen[str]", Path]:
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLD], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def test_closed_to_others_and_gone_at_the_end(environment: dict[str, str]) -> None:
    process, path = _start(environment)
    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    process.communicate(timeout=10)
    assert not path.exists()


def test_what_a_killed_process_left_is_swept_and_what_is_in_use_stays(environment: dict[str, str]) -> None:
    living, used = _start(environment)
    dead, left = _start(environment)
    dead.send_signal(signal.SIGKILL)
    dead.communicate(timeout=10)
    assert left.exists()
    third, own = _start(environment)
    assert not left.exists()
    assert used.exists()
    assert own.exists()
    for process in (living, third):
        process.communicate(timeout=10)
