"""The Python packages which the node needs, taken from the environment that runs the lab."""

import hashlib
import re
import shutil
from importlib import metadata
from pathlib import Path

from lab.place import cache_dir
from toolchain.install import whole

ROOTS = ("fakepve", "aiohttp")


def closure(roots: tuple[str, ...] = ROOTS) -> list[metadata.Distribution]:
    """The distributions named, and all they require on this platform, without extras.

    :raises metadata.PackageNotFoundError: one of them is not installed here.
    """
    found: dict[str, metadata.Distribution] = {}
    waiting = list(roots)
    while waiting:
        name = waiting.pop().lower().replace("_", "-")
        if name in found:
            continue
        try:
            found[name] = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            if name in roots:
                raise
            continue  # a requirement of other Python versions or platforms
        for requirement in found[name].requires or []:
            if "extra ==" not in requirement:
                waiting.append(re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0])
    return [found[name] for name in sorted(found)]


def site() -> Path:
    """A directory for PYTHONPATH with the closure's packages, copied once per set of versions.

    :raises toolchain.report.ToolchainError: another process copies the same and does not end.
    """
    packages = closure()
    key = hashlib.sha256("\n".join(f"{p.name}=={p.version}" for p in packages).encode()).hexdigest()[:16]
    target = cache_dir() / f"site-{key}"
    if not target.is_dir():
        with whole(target, "the node's Python packages") as room:
            if room is not None:
                _copy(packages, room)
    return target


def _copy(packages: list[metadata.Distribution], room: Path) -> None:
    for package in packages:
        for file in package.files or []:
            if ".." not in file.parts and "__pycache__" not in file.parts:
                copy = room / file
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(str(file.locate()), copy)
