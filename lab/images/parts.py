"""Parts that are made once: kept in the cache under the hash of their recipe, there whole or not at all."""

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path

from toolchain.install import whole
from toolchain.places import cache

Fill = Callable[[Path], None]


def part(name: str, recipe: Iterable[str | bytes], fill: Fill) -> Path:
    """The directory of a part; ``fill`` makes its content when the cache has none for this recipe.

    :raises toolchain.report.ToolchainError: another process makes the same part and does not end.
    """
    target = cache() / "lab-parts" / f"{name}-{digest(recipe)[:16]}"
    if not target.exists():
        with whole(target, f"the lab's {name}") as room:
            if room is not None:
                fill(room)
    return target


def digest(recipe: Iterable[str | bytes]) -> str:
    """SHA-256 over the items and their lengths, so that no two lists of items meet."""
    total = hashlib.sha256()
    for item in recipe:
        raw = item.encode() if isinstance(item, str) else item
        total.update(len(raw).to_bytes(8, "big") + raw)
    return total.hexdigest()


def file_digest(path: Path) -> str:
    """SHA-256 of a file's content, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sources(directory: Path) -> list[bytes]:
    """Names and contents of all files below a directory, in order: what a program made from them depends on."""
    files = sorted(file for file in directory.rglob("*") if file.is_file() and "__pycache__" not in file.parts)
    return [raw for file in files for raw in (file.relative_to(directory).as_posix().encode(), file.read_bytes())]
