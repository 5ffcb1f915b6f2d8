"""Waiting with a limit, and telling the operator what is being waited for."""

import sys
import time
from collections.abc import Callable

from phoenix.redaction import redact

PROGRESS_SECONDS = 10.0


def wait_until(obstacle: Callable[[], str], *, subject: str, limit: float, pause: float = 1.0) -> str:
    """Asks `obstacle` every `pause` seconds until it answers "" or `limit` seconds are over; gives its last answer.

    What stands in the way goes to standard error, which Pulumi shows, every ten seconds.
    """
    start = time.monotonic()
    told = start
    while (answer := obstacle()) and time.monotonic() - start < limit:
        if time.monotonic() - told >= PROGRESS_SECONDS:
            told = time.monotonic()
            waited = f"{told - start:.0f} of at most {limit:.0f} s"
            print(redact(f"{subject}: waiting, {waited}: {answer}"), file=sys.stderr, flush=True)
        time.sleep(pause)
    return answer
