"""Where things are: the checkout, its virtualenv, and the cache outside it."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "toolchain"
REQUIREMENTS = ROOT / "requirements"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"


def cache() -> Path:
    """The project's cache: PHOENIX_CACHE, else `phoenix` below XDG_CACHE_HOME or ~/.cache."""
    named = os.environ.get("PHOENIX_CACHE")
    if named:
        return Path(named).absolute()
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base).absolute() / "phoenix"


def pulumi_home() -> Path:
    """Pulumi's own directory (plugins, login, workspaces): in the cache, apart from the user's."""
    return cache() / "pulumi-home"


def parts() -> Path | None:
    """The directory named by PHOENIX_PULUMI_PARTS: an official language host and plugins."""
    named = os.environ.get("PHOENIX_PULUMI_PARTS")
    return Path(named).absolute() if named else None
