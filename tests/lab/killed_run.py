"""A run of the product that is killed: its whole process group, or every process that it has started."""

import os
import signal
import subprocess
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from tempfile import NamedTemporaryFile

from lab.environment import CHECKOUT
from tests.lab.converged import Cluster

RUN_SECONDS = 600.0
GONE_SECONDS = 60.0
_MARK = "PHOENIX_KILLED_RUN"
# the renewal's own steps are those of a whole run, and fill more of this one
RENEWAL = ("--stack", "dev", "--certificates-only")

Until = Callable[[float, str], bool]


def renewal(cluster: Cluster, until: Until, *, everything: bool = False) -> float | None:
    """Begins a renewal of all certificates and kills it (SIGKILL) once `until` is true, of the seconds since it began
    and all that it has said. Returns when its last process is gone.

    The process group is killed; its plugins, which have groups of their own, end when they notice, or with
    `everything` are killed as well. The result is None, or how many seconds it took when it ended before.

    :raises AssertionError: it failed by itself, or does not end.
    """
    mark = uuid.uuid4().hex
    command = [str(CHECKOUT / "bin" / "lab"), "exec", "--", str(cluster.checkout / "bin" / "phoenix-up"), *RENEWAL]
    environment = {**cluster.lab.environment, _MARK: mark, "PHOENIX_RENEW_CERTIFICATES": "*"}
    cluster.settled = False
    with NamedTemporaryFile("w") as output:
        said = Path(output.name)
        begun = time.monotonic()
        process = subprocess.Popen(
            command, cwd=cluster.checkout, env=environment, stdin=subprocess.DEVNULL, stdout=output,
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        try:
            while process.poll() is None and not until(time.monotonic() - begun, said.read_text()):
                assert time.monotonic() - begun < RUN_SECONDS, said.read_text()
                time.sleep(0.01)
            took = None if process.returncode is None else time.monotonic() - begun
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(30)
            _await_end(mark, kill=everything)
        cluster.said.append(said.read_text())
    assert took is None or process.returncode == 0, cluster.said[-1]
    return took


def never(_seconds: float, _said: str) -> bool:
    """Lets it end by itself."""
    return False


def _await_end(mark: str, *, kill: bool) -> None:
    deadline = time.monotonic() + GONE_SECONDS
    while left := _alive(mark):
        assert time.monotonic() < deadline, left
        for pid in left if kill else ():
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
