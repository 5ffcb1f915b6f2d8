"""What a command needs in its environment to find this checkout's Python, engine and plugins first."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from toolchain.build import recipe
from toolchain.places import PYTHON, VENV, parts, pulumi_home


def variables(base: Mapping[str, str], engine_directory: Path) -> dict[str, str]:
    """`base` with the toolchain in front on PATH and Pulumi's settings; nothing is doubled when nested."""
    front = [str(VENV / "bin"), *([str(parts())] if parts() else []), str(engine_directory), *_sops()]
    rest = [entry for entry in base.get("PATH", os.defpath).split(os.pathsep) if entry and entry not in front]
    env = {name: value for name, value in base.items() if name != "PYTHONHOME"}
    return env | {
        "PATH": os.pathsep.join([*front, *rest]),
        "VIRTUAL_ENV": str(VENV),
        "PULUMI_HOME": str(pulumi_home()),
        "PULUMI_PYTHON_CMD": str(PYTHON),
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        # The program also runs during refresh and destroy, so that providers get today's credentials.
        "PULUMI_RUN_PROGRAM": "true",
    }


def _sops() -> list[str]:
    """Where SOPS was built, if it was: only stacks with encrypted files need it."""
    built = recipe("sops").target()
    return [str(built)] if built.exists() else []
