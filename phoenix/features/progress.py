"""A line every few seconds while something takes long, so that nobody wonders whether it hangs."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

EVERY_SECONDS = 5.0


@contextmanager
def progress(what: str, every: float = EVERY_SECONDS) -> Iterator[None]:
    """Prints `what` with the time it has taken to stderr every `every` seconds; short work prints nothing."""
    began, ended = time.monotonic(), threading.Event()

    def tell() -> None:
        while not ended.wait(every):
            print(f"{what}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)

    teller = threading.Thread(target=tell, name="progress", daemon=True)
    teller.start()
    try:
        yield
    finally:
        ended.set()
        teller.join()
