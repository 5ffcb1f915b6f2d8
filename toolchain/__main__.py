"""Prepares the toolchain; with arguments, then runs them as a command in its environment.

bin/toolchain                    prepare; prints nothing when there is nothing to do
bin/toolchain pulumi preview     prepare, then run with this checkout's Python, engine and plugins
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from toolchain import environment, prepare
from toolchain.report import ToolchainError, clean_up_on_sigterm, say


def main(command: Sequence[str]) -> int:
    """Prepare, then become `command` if there is one; exit code."""
    clean_up_on_sigterm()
    try:
        directory = prepare.ready()
    except ToolchainError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("interrupted; run it again to go on")
        return 130
    if not command:
        return 0
    env = environment.variables(os.environ, directory)
    os.environ["PATH"] = env["PATH"]
    try:
        os.execvpe(command[0], list(command), env)
    except OSError as error:
        say(f"run {command[0]}: {error.strerror}")
        return 127


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
