"""Waiting for Pulumi's lock on a stack's state: a run of a timer beside an operator's, or the other way round."""

import re
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

from phoenix.console import tell

PAUSE_SECONDS = 5.0
_REMEMBERED = 20
# the file and object-store backends; Pulumi Cloud answers 409 to an update beside another; half a checkpoint is read
# while another run writes it, and half a lock
_LOCKED = re.compile(
    r"currently locked by \d+ lock"
    r"|\[409\] Conflict: Another update is currently in progress"
    r"|failed to load checkpoint: .*(EOF|unexpected end of JSON input)"
    r"|^error: unexpected end of JSON input",
    re.MULTILINE,
)
_HOLDER = re.compile(r"created by .+")


@dataclass(frozen=True)
class Ended:
    """How a run of Pulumi ended: its exit code, and the last lines of its standard error."""

    code: int
    complaint: str = ""

    @property
    def locked(self) -> bool:
        """Whether nothing was done, because another run holds the lock."""
        return self.code != 0 and _LOCKED.search(self.complaint) is not None

    @property
    def holder(self) -> str:
        """Who holds the lock, in Pulumi's words."""
        found = _HOLDER.search(self.complaint)
        return f"a lock {found.group()}" if found else f"another run ({self.complaint.strip().rpartition(chr(10))[2]})"


def until_unlocked(attempt: Callable[[], Ended], *, stack: str, limit: float, pause: float = PAUSE_SECONDS) -> int:
    """Attempts until it was not the lock that stopped it, at most `limit` seconds; the last exit code.

    Who is being waited for goes to standard error, and at the end what to do about it.
    """
    start = time.monotonic()
    announced = ""
    while (ended := attempt()).locked:
        waited = time.monotonic() - start
        if waited >= limit:
            tell(
                f"stack {stack}: up failed: still locked after {waited:.0f} s by {ended.holder}\n"
                f"  next: wait for that run to end, then run again; when it no longer exists: "
                f"pulumi cancel --stack {stack}"
            )
            break
        if ended.holder != announced:
            announced = ended.holder
            tell(f"stack {stack}: waiting at most {limit:.0f} s for {announced}")
        time.sleep(min(pause, max(limit - waited, 0.0)))
    return ended.code


def watched(argv: list[str], environment: dict[str, str]) -> Ended:
    """Runs `argv` on this terminal. What it says of a lock is kept back: `until_unlocked` says it once."""
    with subprocess.Popen(argv, env=environment, stderr=subprocess.PIPE, text=True, errors="replace") as process:
        assert process.stderr is not None
        said = _heard(process.stderr)
    return Ended(process.returncode, said)


def told(argv: list[str], environment: dict[str, str]) -> Ended:
    """As `watched`, and what it shows goes to standard error as well, masked: another result is printed."""
    with subprocess.Popen(
        argv, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        assert process.stdout is not None
        said = _heard(process.stdout)
    return Ended(process.returncode, said)


def _heard(lines: IO[str]) -> str:
    """Tells them up to one about a lock; the last of them."""
    last: list[str] = []
    held_back = False
    for line in lines:
        last = [*last[1 - _REMEMBERED :], line]
        held_back = held_back or _LOCKED.search(line) is not None
        if not held_back:
            tell(line.rstrip("\n"))
    return "".join(last)
