"""Fills a lab's data directory: ``python -m lab.images DATA_DIR``.

Makes ``mirror/debian`` (packages), ``mirror/artifacts`` with ``artifacts.yaml`` beside ``mirror``, and ``registry``.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from lab.images import artifacts, containers, put
from lab.mirror.repository import repository
from toolchain.report import ToolchainError


def fill(data: Path) -> None:
    """Make or renew everything that the lab serves to its guests; what is up to date is not touched."""
    mirror = repository()
    _once(data, "debian", mirror, lambda: put.replace(mirror, data / "mirror" / "debian"))
    files = artifacts.folder(artifacts.wanted())
    _once(data, "artifacts", files, lambda: _place_artifacts(files, data))
    storage = containers.storage(mirror)
    _once(data, "registry", storage.parent, lambda: put.add(storage, data / "registry"))


def _place_artifacts(source: Path, data: Path) -> None:
    put.replace(source / "files", data / "mirror" / "artifacts")
    listing = data / ".artifacts.yaml.new"
    listing.write_bytes((source / "artifacts.yaml").read_bytes())
    listing.replace(data / "artifacts.yaml")


def _once(data: Path, name: str, source: Path, place: Callable[[], None]) -> None:
    """Place a part unless a note in the data directory says that just this one is there."""
    note = data / ".parts" / name
    if note.exists() and note.read_text() == source.name:
        return
    start = time.monotonic()
    note.parent.mkdir(parents=True, exist_ok=True)
    note.unlink(missing_ok=True)
    place()
    note.write_text(source.name)
    print(f"lab: placed {source.name} in {time.monotonic() - start:.1f} s", file=sys.stderr)


def main() -> int:
    """Exit code: 0, or 1 with one line that says what could not be made."""
    parser = argparse.ArgumentParser(prog="python -m lab.images", description="Fill a lab's data directory.")
    parser.add_argument("data_dir", type=Path)
    data: Path = parser.parse_args().data_dir.absolute()
    (data / "mirror").mkdir(parents=True, exist_ok=True)
    try:
        fill(data)
    except (ToolchainError, LookupError, RuntimeError, OSError) as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
