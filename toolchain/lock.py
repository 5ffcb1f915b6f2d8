"""One at a time: a lock between processes that says who holds it and does not wait for ever."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from toolchain.report import ToolchainError, say

POLL_S = 0.2


@contextmanager
def held(path: Path, purpose: str, limit_s: float = 1800) -> Iterator[None]:
    """Hold the lock file at `path`; ToolchainError when another process keeps it longer than `limit_s`.

    The kernel lets go of the lock when its holder ends, however it ends.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        _wait(file.fileno(), path, purpose, limit_s)
        file.truncate(0)
        file.write(f"process {os.getpid()} ({purpose})")
        file.flush()
        yield
        file.truncate(0)


def _wait(number: int, path: Path, purpose: str, limit_s: float) -> None:
    deadline = time.monotonic() + limit_s
    told = False
    while True:
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            holder = path.read_text(encoding="utf-8").strip() or "another process"
        if time.monotonic() > deadline:
            raise ToolchainError(
                purpose,
                f"{holder} still holds {path} after {limit_s:.0f} s",
                "end that process, or wait for it",
            )
        if not told:
            say(f"{purpose}: waiting for {holder}")
            told = True
        time.sleep(POLL_S)
