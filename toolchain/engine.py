"""The three ways to a Pulumi engine with its Python language host, in the order in which they are tried."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from toolchain import build, packages, progress
from toolchain.go import version_of
from toolchain.install import whole
from toolchain.places import PYTHON, REQUIREMENTS, ROOT, cache, parts
from toolchain.report import ToolchainError, say

# The first with resource hooks, `options.refresh` and `--run-program`, which the program relies on.
OLDEST = (3, 217)
REACH_S = 8.0
INSTALL_S = 600.0
RELEASES = "https://get.pulumi.com/latest-version"
LANGUAGE_HOST = "pulumi-language-python"


@dataclass(frozen=True)
class Engine:
    """An engine: how it was had, the directory that holds `pulumi`, and whether the open internet was reached."""

    way: str
    directory: Path
    internet: bool


def find() -> Engine:
    """An engine on this machine, brought here first when there is none."""
    present = on_path()
    if present is not None:
        return Engine("on PATH", present, internet_is_reached())
    if internet_is_reached():
        try:
            return Engine("official release", released(), True)
        except ToolchainError as error:
            say(f"{error}")
    say("engine: the official release cannot be had here; it comes from its Go modules")
    return Engine("built from Go modules", build.build(build.recipe("engine")).parent, False)


def own_path() -> str:
    """PATH without what this project put there, so that a nested run decides as the outer one did."""
    ours = (f"{cache()}/", f"{ROOT}/")
    entries = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(entry for entry in entries if not entry.startswith(ours))


def on_path() -> Path | None:
    """The directory of a `pulumi` on PATH that is new enough and has its Python language host; else None."""
    executable = shutil.which("pulumi", path=own_path())
    if executable is None:
        return None
    version = version_of(_output([executable, "version"]))
    if version is None or version < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        say(f"engine: {executable} is not used: version {version or 'unknown'}, at least {oldest} is needed")
        return None
    host = os.pathsep.join([str(Path(executable).resolve().parent), str(parts() or ""), own_path()])
    if shutil.which(LANGUAGE_HOST, path=host) is None:
        say(f"engine: {executable} is not used: it has no {LANGUAGE_HOST}")
        return None
    return Path(executable).parent


def internet_is_reached() -> bool:
    """Whether the engine's releases answer; decided within seconds, also where a name server does not answer."""
    code = f"import urllib.request as u; u.urlopen({RELEASES!r}, timeout={REACH_S / 2}).read(64)"
    try:
        asked = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=REACH_S, check=False)
    except subprocess.TimeoutExpired:
        return False
    return asked.returncode == 0


def released() -> Path:
    """The directory of the official release that fits the SDK, downloaded by the SDK itself."""
    version = packages.pinned("pulumi", REQUIREMENTS / "run.txt")
    target = cache() / f"engine-release-{version}"
    with whole(target, "engine: official release") as room:
        if room is not None:
            code = "import sys, pulumi.automation as a; a.PulumiCommand.install(root=sys.argv[1])"
            progress.run(
                [str(PYTHON), "-c", code, str(room)],
                "engine: official release",
                limit_s=INSTALL_S,
                next_step="check the connection to the releases; the engine is built from Go modules instead",
            )
    return target / "bin"


def _output(argv: list[str]) -> str:
    env = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "1"}
    try:
        return subprocess.run(argv, capture_output=True, text=True, timeout=20, check=False, env=env).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
