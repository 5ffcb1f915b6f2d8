"""Prepares everything once, and knows quickly that nothing is left to do."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
from pathlib import Path

from toolchain import engine, packages, plugins
from toolchain.lock import held
from toolchain.places import HERE, PYTHON, REQUIREMENTS, VENV, cache, parts
from toolchain.report import say

STAMP = VENV / "toolchain.json"


def ready() -> Path:
    """The directory that holds the engine; everything missing is brought here first."""
    present = _stamped()
    if present is not None:
        return present
    VENV.mkdir(exist_ok=True)
    with held(VENV.with_name(".venv.lock"), "prepare this checkout"):
        return _stamped() or _prepare()


def _prepare() -> Path:
    # Without a stamp a virtualenv may be half-made by a run that was ended: it is made anew.
    whole = STAMP.exists() and PYTHON.exists()
    STAMP.unlink(missing_ok=True)
    if not whole:
        packages.create()
    # Go may come from the package index, and the official release from the SDK: packages first.
    hooks = _hooks()
    packages.sync(hooks)
    found = engine.find()
    plugins.prepare(found)
    if _hooks() and not hooks:
        packages.sync(hooks=True)
    say(f"ready: engine {found.way} ({found.directory}), hooks extra {'on' if _hooks() else 'off'}")
    stamp = {"inputs": _inputs(), "engine": str(found.directory)}
    pending = STAMP.with_suffix(".new")
    pending.write_text(json.dumps(stamp, indent=2) + "\n", encoding="utf-8")
    pending.replace(STAMP)
    return found.directory


def _hooks() -> bool:
    """Whether to install the hooks extra: its plugin is here, or PHOENIX_HOOKS asks for it."""
    return bool(os.environ.get("PHOENIX_HOOKS")) or plugins.have_command()


def _stamped() -> Path | None:
    """The engine's directory of the last complete preparation, if all it was made from is the same today."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
        directory = Path(stamp["engine"])
        same = stamp["inputs"] == _inputs() and (directory / "pulumi").exists() and PYTHON.exists()
    except (OSError, ValueError, KeyError):
        return None
    return directory if same else None


def _inputs() -> str:
    """A digest of everything that the preparation depends on."""
    digest = hashlib.sha256()
    recipes = [path for path in HERE.glob("*/*") if path.is_file()]
    for path in sorted([*HERE.glob("*.py"), *recipes, *REQUIREMENTS.glob("*.txt")]):
        digest.update(path.read_bytes())
    pulumi = shutil.which("pulumi", path=engine.own_path())
    changed = Path(pulumi).stat().st_mtime_ns if pulumi else 0
    digest.update(repr((platform.machine(), str(cache()), str(parts()), pulumi, changed, _hooks())).encode())
    return digest.hexdigest()
