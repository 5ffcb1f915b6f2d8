"""Waiting with a limit, and telling the operator what is being waited for."""

import time
from collections.abc import Callable

from phoenix.console import tell

PROGRESS_SECONDS = 10.0


def wait_until(obstacle: Callable[[], str], *, subject: object, limit: float, pause: float = 1.0) -> str:
    """Asks `obstacle` every `pause` seconds until it answers "" or `limit` seconds are over; gives its last answer.

    What stands in the way of `subject` is told every ten seconds.
    """
    start = time.monotonic()
    reported = start
    while (answer := obstacle()) and time.monotonic() - start < limit:
        if time.monotonic() - reported >= PROGRESS_SECONDS:
            reported = time.monotonic()
            tell(f"{subject}: waiting, {reported - start:.0f} of at most {limit:.0f} s: {answer}")
        time.sleep(pause)
    return answer
