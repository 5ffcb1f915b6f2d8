"""``pve-firewall``: start, restart, stop, status, compile."""

import sys

from lab.inside.call import CallError, guarded, plain

PATHS = {
    "start": ("POST", "start"), "restart": ("POST", "start"), "stop": ("POST", "stop"),
    "status": ("GET", "status"), "compile": ("GET", "compile"),
}  # fmt: skip


def main(words: list[str]) -> int:
    """Run one subcommand; returns the exit code."""
    return guarded(_run, words)


def _run(words: list[str]) -> int:
    if len(words) != 1 or words[0] not in PATHS:
        raise CallError("USAGE: pve-firewall <start|restart|stop|status|compile>")
    method, name = PATHS[words[0]]
    sys.stdout.write(plain(method, f"/firewall/{name}"))
    return 0
