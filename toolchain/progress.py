"""Runs a long command: a line every few seconds, a time limit, and nothing left behind when interrupted."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from toolchain.report import ToolchainError, say

EVERY_S = 5.0
TAIL_LINES = 20
GRACE_S = 5.0


def run(
    argv: Sequence[str],
    step: str,
    *,
    limit_s: float,
    next_step: str,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    summary: Callable[[Sequence[str]], str] = lambda lines: f"{len(lines)} lines",
) -> None:
    """Run `argv` to its end, saying `step`, the seconds so far and `summary` of its output lines.

    Raises ToolchainError with the last lines of output when it fails or takes longer than `limit_s`.
    """
    # A session of its own, so that all its children can be ended together.
    process = subprocess.Popen(
        list(argv),
        cwd=cwd,
        env=None if env is None else dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    lines: list[str] = []
    reader = threading.Thread(target=_collect, args=(process, lines), daemon=True)
    reader.start()
    try:
        _follow(process, step, limit_s, lambda: summary(lines))
    except TimeoutError:
        raise ToolchainError(step, f"not done after {limit_s:.0f} s\n{_tail(lines)}", next_step) from None
    finally:
        _end(process)
        reader.join(GRACE_S)
    if process.returncode:
        raise ToolchainError(step, f"exit code {process.returncode}\n{_tail(lines)}", next_step)


def _collect(process: subprocess.Popen[str], lines: list[str]) -> None:
    assert process.stdout is not None
    lines.extend(line.rstrip() for line in process.stdout)


def _follow(process: subprocess.Popen[str], step: str, limit_s: float, summary: Callable[[], str]) -> None:
    start = time.monotonic()
    while True:
        try:
            process.wait(EVERY_S)
            return
        except subprocess.TimeoutExpired:
            elapsed = time.monotonic() - start
        if elapsed > limit_s:
            raise TimeoutError
        say(f"{step}: {elapsed:.0f} s, {summary()}")


def _end(process: subprocess.Popen[str]) -> None:
    """End the whole session of a process that still runs: asked first, then forced."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            return
        os.killpg(process.pid, number)
        try:
            process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            continue


def _tail(lines: Sequence[str]) -> str:
    return "\n".join(f"    {line}" for line in deque(lines, TAIL_LINES))
