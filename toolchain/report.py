"""What the toolchain says, and how it fails."""

from __future__ import annotations

import signal
import sys


class ToolchainError(Exception):
    """One step that could not be done: what it was, why it failed, what to do next."""

    def __init__(self, step: str, cause: str, next_step: str) -> None:
        super().__init__(f"{step}: {cause}\n  next: {next_step}")


def say(text: str) -> None:
    """One line for the person who waits; on standard error, so that results can be piped."""
    print(f"toolchain: {text}", file=sys.stderr, flush=True)


def clean_up_on_sigterm() -> None:
    """Make SIGTERM unwind like an exception: its plain end would skip the cleaning up."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
