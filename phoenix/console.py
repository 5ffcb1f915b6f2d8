"""What a run says on the way: lines on standard error, which Pulumi shows, with every secret masked."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from phoenix.redaction import redact

EVERY_SECONDS = 5.0
_told: set[str] = set()
_told_lock = threading.Lock()


def tell(text: str) -> None:
    """One line, or several."""
    print(redact(text), file=sys.stderr, flush=True)


def tell_once(text: str) -> None:
    """As `tell`, but once a process: a stopped guest makes everything in it unobservable for the same reason."""
    with _told_lock:
        if text in _told:
            return
        _told.add(text)
    tell(text)


@contextmanager
def progress(what: str, every: float = EVERY_SECONDS) -> Iterator[None]:
    """Tells `what` with the time it has taken, in seconds, every `every` seconds; short work tells nothing."""
    began, ended = time.monotonic(), threading.Event()

    def keep_telling() -> None:
        while not ended.wait(every):
            tell(f"{what}: {time.monotonic() - began:.0f} s")

    teller = threading.Thread(target=keep_telling, name="progress", daemon=True)
    teller.start()
    try:
        yield
    finally:
        ended.set()
        teller.join()
