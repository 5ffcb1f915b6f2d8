"""Puts cached parts into a lab's data directory."""

import os
import shutil
from pathlib import Path

# Daemons may rewrite a small file in place; a large one they replace, so that it can share its blocks with the cache.
LINKED_FROM = 64 * 1024


def replace(source: Path, target: Path) -> None:
    """Make ``target`` a tree like ``source``, in one step for who reads it."""
    fresh, stale = (target.with_name(f".{target.name}.{word}") for word in ("new", "old"))
    for leftover in (fresh, stale):
        shutil.rmtree(leftover, ignore_errors=True)
    add(source, fresh)
    if target.exists():
        target.rename(stale)
    fresh.rename(target)
    shutil.rmtree(stale, ignore_errors=True)


def add(source: Path, target: Path) -> None:
    """Put the files of ``source`` into ``target``, over those of the same name, beside all others."""
    for file in sorted(source.rglob("*")):
        place = target / file.relative_to(source)
        if file.is_dir():
            place.mkdir(parents=True, exist_ok=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            share(file, place)


def share(file: Path, place: Path) -> None:
    """Put one file in place: a large one as a second name of the same content where the file system allows it."""
    half = place.with_name(f".{place.name}.new")
    half.unlink(missing_ok=True)
    if file.stat().st_size < LINKED_FROM or not _linked(file, half):
        shutil.copy2(file, half)
    half.replace(place)


def _linked(file: Path, place: Path) -> bool:
    try:
        os.link(file, place)
    except OSError:  # another file system
        return False
    return True
