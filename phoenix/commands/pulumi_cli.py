"""Calls of the Pulumi CLI, as every entry point makes them."""

import json
import os
import subprocess
from collections.abc import Sequence
from typing import Any

from phoenix.errors import PhoenixError

_ENVIRONMENT = {
    # a refresh that does not run the program would use the state's old credentials
    "PULUMI_RUN_PROGRAM": "true",
    "PULUMI_SKIP_UPDATE_CHECK": "1",
    # without it the CLI does not know --event-log
    "PULUMI_DEBUG_COMMANDS": "true",
}


def environment() -> dict[str, str]:
    """The process's environment with what every run needs."""
    return {**os.environ, **_ENVIRONMENT}


def run(arguments: Sequence[str]) -> int:
    """Runs `pulumi ARGUMENTS` on this terminal; the exit code."""
    return subprocess.run(["pulumi", *arguments], env=environment(), check=False).returncode


def ask(arguments: Sequence[str], *, timeout: float = 60.0) -> str:
    """Standard output of `pulumi ARGUMENTS`; raises CalledProcessError with what it said on standard error.

    Raises PhoenixError where there is no CLI.
    """
    try:
        done = subprocess.run(
            ["pulumi", *arguments, "--non-interactive"],
            env=environment(),
            check=True,
            capture_output=True,
            text=True,
            timeout=timeout,
        )
    except FileNotFoundError:
        raise PhoenixError("pulumi is not in PATH\n  next: run this by bin/toolchain, which brings it") from None
    return done.stdout


def ask_json(arguments: Sequence[str], *, timeout: float = 60.0) -> Any:
    """As `ask`, decoded."""
    return json.loads(ask([*arguments], timeout=timeout))
