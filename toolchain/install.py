"""Directories that are there whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from toolchain.lock import held


@contextmanager
def whole(target: Path, purpose: str) -> Iterator[Path | None]:
    """Yield a directory to fill, which becomes `target` when the block ends well; None when it exists by then.

    It is filled beside `target`, under a lock, and renamed; what an earlier, killed run left there is removed.
    """
    partial = target.with_name(target.name + ".partial")
    with held(target.with_name(target.name + ".lock"), purpose):
        if target.exists():
            yield None
            return
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        try:
            yield partial
            os.rename(partial, target)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
