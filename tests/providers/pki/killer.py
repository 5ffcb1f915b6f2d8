"""Kills the shell that runs a script at its n-th command: what a run that dies at any moment leaves behind."""

import shutil

from tests.loopback_ssh import Loopback

COMMANDS = ("mkdir", "chmod", "chown", "mktemp", "tar", "cp", "sync", "ln", "mv", "rm", "readlink", "cat")


def arm(host: Loopback, step: int) -> None:
    """From now on the `step`-th of COMMANDS, counted over all shells, kills the shell that called it."""

    (host.sandbox / "steps").write_text("0")
    for command in COMMANDS:
        real = shutil.which(command)
        host.script(
            command,
            f"read -r n < {host.sandbox}/steps; n=$((n + 1)); echo $n > {host.sandbox}/steps\n"
            f'if [ "$n" -ge {step} ]; then kill -9 $PPID; exit 137; fi\nexec {real} "$@"',
        )


def disarm(host: Loopback) -> None:
    """Everything runs as usual again."""
    for command in COMMANDS:
        (host.sandbox / "bin" / command).unlink()
