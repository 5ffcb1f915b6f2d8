"""A run of the product that is killed: its whole process group, or every process that it has started."""

import os
import signal
import subprocess
import time
import uuid
from bisect import bisect_right
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile

from lab.environment import CHECKOUT
from tests.lab.converged import Cluster

RUN_SECONDS = 600.0
GONE_SECONDS = 15.0
_MARK = "PHOENIX_KILLED_RUN"
# the renewal's own steps are those of a whole run, and fill more of this one
RENEWAL = ("--stack", "dev", "--certificates-only")

Until = Callable[[float, str], bool]


def renewal(cluster: Cluster, until: Until, *, everything: bool = False) -> list[float] | None:
    """Begins a renewal of all certificates and kills it (SIGKILL) once `until` is true, of the seconds since it began
    and all that it has said. Returns when its last process is gone.

    The process group is killed; its plugins, which have groups of their own, end when they notice, or with
    `everything` are killed as well. The result is None, or when it ended before: after how many seconds each of its
    lines was said, and last when it ended.

    :raises AssertionError: it failed by itself, or does not end.
    """
    mark = uuid.uuid4().hex
    command = [str(CHECKOUT / "bin" / "lab"), "exec", "--", str(cluster.checkout / "bin" / "phoenix"), "up", *RENEWAL]
    environment = {**cluster.lab.environment, _MARK: mark, "PHOENIX_RENEW_CERTIFICATES": "*"}
    cluster.settled = False
    with NamedTemporaryFile("w") as output:
        said = Path(output.name)
        begun = time.monotonic()
        process = subprocess.Popen(
            command, cwd=cluster.checkout, env=environment, stdin=subprocess.DEVNULL, stdout=output,
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        times: list[float] = []
        try:
            while process.poll() is None and not until(at := time.monotonic() - begun, text := said.read_text()):
                times += [at] * (_lines(text) - len(times))
                assert at < RUN_SECONDS, text
                time.sleep(0.01)
            ended = None if process.returncode is None else [*times, time.monotonic() - begun]
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(30)
            _await_end(mark, kill=everything)
        cluster.said.append(said.read_text())
    assert ended is None or process.returncode == 0, cluster.said[-1]
    return ended


def moment(times: Sequence[float], seconds: float) -> Until:
    """That moment of a renewal, in the measure of one whose lines came at `times`: so long after so many lines.

    Seconds alone would mean something else each time that the machine has something else to do.
    """
    lines = bisect_right(times, seconds)
    after = seconds - (times[lines - 1] if lines else 0.0)
    there: list[float] = []

    def reached(at: float, said: str) -> bool:
        if not there and _lines(said) >= lines:
            there.append(at if lines else 0.0)
        return bool(there) and at - there[0] >= after

    return reached


def _lines(said: str) -> int:
    """Without those that only show that time passes."""
    return sum(not line.startswith("@") for line in said.splitlines())


def never(_seconds: float, _said: str) -> bool:
    """Lets it end by itself."""
    return False


def _await_end(mark: str, *, kill: bool) -> None:
    begun = time.monotonic()
    while left := _alive(mark):
        waited = time.monotonic() - begun
        assert waited < 2 * GONE_SECONDS, left
        # Pulumi's own language host does not notice that the engine is gone, and waits for ever
        for pid in left if kill or waited > GONE_SECONDS else ():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.02)


def _alive(mark: str) -> list[int]:
    """The processes that have inherited the mark, whatever became of their parents."""
    entry = f"{_MARK}={mark}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if entry in (process / "environ").read_bytes().split(b"\0"):
                found.append(int(process.name))
        except OSError:
            # it has ended meanwhile
            continue
    return found
