"""Builds one program from its pinned Go modules, once, into the cache.

python -m toolchain.build step-ca     prints the path of the built executable
"""

from __future__ import annotations

import hashlib
import platform
import shutil
import sys
import time
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from toolchain import go, progress
from toolchain.install import whole
from toolchain.places import HERE, cache
from toolchain.report import ToolchainError, clean_up_on_sigterm, say

LIMIT_S = 3600.0
NEXT = "check that the Go module proxy is reached and that a few GB of disk are free, then run it again"


@dataclass(frozen=True)
class Recipe:
    """How one program is built, from `toolchain/<name>/recipe.toml`."""

    name: str
    directory: Path
    binary: str
    version: str
    package: str
    link_values: dict[str, str]
    beside: tuple[str, ...] = ()

    def inputs(self) -> list[Path]:
        """Every committed file that the result depends on."""
        module = [self.directory / name for name in ("go.mod", "go.sum", "recipe.toml")]
        return [
            *module,
            *sorted(self.directory.glob("*.go")),
            *(HERE / "host" / name for name in self.beside),
        ]

    def target(self) -> Path:
        """The directory in the cache: named by version, and by a digest of the inputs and the machine."""
        digest = hashlib.sha256(platform.machine().encode())
        for file in self.inputs():
            digest.update(file.name.encode() + b"\0" + file.read_bytes())
        return cache() / f"{self.name}-{self.version}-{digest.hexdigest()[:12]}"


def recipe(name: str, rooms: Path = HERE) -> Recipe:
    """Read the recipe of that name; ToolchainError when there is none."""
    directory = rooms / name
    try:
        data = tomllib.loads((directory / "recipe.toml").read_text(encoding="utf-8"))
    except FileNotFoundError:
        known = ", ".join(sorted(file.parent.name for file in rooms.glob("*/recipe.toml")))
        raise ToolchainError(f"build {name}", "no such recipe", f"use one of {known}") from None
    beside = tuple(data.pop("beside", ()))
    return Recipe(name=name, directory=directory, beside=beside, **data)


def build(wanted: Recipe) -> Path:
    """The built executable; builds it first when the cache does not hold it."""
    target = wanted.target()
    if not target.exists():
        with whole(target, f"build {wanted.name}") as room:
            if room is not None:
                _compile(wanted, room)
    return target / wanted.binary


def _compile(wanted: Recipe, room: Path) -> None:
    step = f"build {wanted.name} {wanted.version}"
    executable = go.find(go.needed_by(wanted.directory / "go.mod"))
    linked = " ".join(f"-X {name}={value}" for name, value in wanted.link_values.items())
    flags = [
        "-v",
        "-trimpath",
        "-buildvcs=false",
        "-ldflags",
        f"-s -w {linked}",
        "-o",
        str(room / wanted.binary),
    ]
    say(f"{step}: from its Go modules, once; the first time takes some minutes")
    start = time.monotonic()
    progress.run(
        [str(executable), "build", *flags, wanted.package],
        step,
        limit_s=LIMIT_S,
        next_step=NEXT,
        cwd=wanted.directory,
        env=go.environment(),
        summary=_counted,
    )
    for name in wanted.beside:
        shutil.copy(HERE / "host" / name, room / name)
    say(f"{step}: done in {time.monotonic() - start:.0f} s")


def _counted(lines: Sequence[str]) -> str:
    modules = sum(line.startswith("go: downloading ") for line in lines)
    return f"{modules} modules downloaded, {len(lines) - modules} packages compiled"


def main(names: Sequence[str]) -> int:
    """Build each named recipe and print its executable's path; exit code."""
    if not names:
        print("usage: python -m toolchain.build RECIPE...", file=sys.stderr)
        return 2
    clean_up_on_sigterm()
    try:
        for name in names:
            print(build(recipe(name)), flush=True)
    except ToolchainError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("interrupted; nothing was installed")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
