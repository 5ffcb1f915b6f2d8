"""Directories of this process that only its user enters.

Pulumi kills its plugins, so that nothing can be relied on to run at the end: the next process takes away what one
left that is gone. A lock tells, because a process ID means nothing in another PID namespace.
"""

import atexit
import fcntl
import os
import shutil
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

_PREFIX = "phoenix-"
_LOCK = "lock"
_lock = threading.Lock()
_made: dict[str, Path] = {}
_held: list[int] = []


def private_directory(purpose: str) -> Path:
    """The process's directory for `purpose`, mode 0700, made on first use, removed by a later process at the latest."""
    with _lock:
        if purpose not in _made:
            _sweep(purpose)
            path = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{purpose}-"))
            descriptor = os.open(path / "locking", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            # under its name only once it is locked: a sweep in between finds none, and passes on
            (path / "locking").rename(path / _LOCK)
            _held.append(descriptor)
            atexit.register(shutil.rmtree, path, ignore_errors=True)
            _made[purpose] = path
        return _made[purpose]


def _sweep(purpose: str) -> None:
    for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}{purpose}-*"):
        with suppress(OSError):
            descriptor = os.open(path / _LOCK, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if path.stat().st_uid == os.getuid():
                    shutil.rmtree(path, ignore_errors=True)
            finally:
                os.close(descriptor)
