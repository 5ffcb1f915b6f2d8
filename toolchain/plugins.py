"""The one plugin that the engine may need, `command`: for an operator's hooks. All else is in the program."""

from __future__ import annotations

import os
import shutil

from toolchain import engine, packages, progress
from toolchain.places import REQUIREMENTS, parts, pulumi_home
from toolchain.report import ToolchainError, say

FETCH_S = 300.0


def prepare(found: engine.Engine) -> None:
    """Have the command plugin where the engine looks for it, if it can be fetched."""
    if found.internet and not have_command():
        _fetch(found, _version())


def have_command() -> bool:
    """Whether the command plugin is on this machine, so that the hooks extra is of use."""
    ours = pulumi_home() / "plugins" / f"resource-command-v{_version()}" / "pulumi-resource-command"
    where = os.pathsep.join([str(parts() or ""), engine.own_path()])
    return ours.exists() or shutil.which("pulumi-resource-command", path=where) is not None


def _version() -> str:
    return packages.pinned("pulumi-command", REQUIREMENTS / "hooks.txt")


def _fetch(found: engine.Engine, version: str) -> None:
    """Let the engine download the released plugin; when it cannot, that is said in one line."""
    try:
        progress.run(
            [str(found.directory / "pulumi"), "plugin", "install", "resource", "command", version],
            f"plugin command {version}",
            limit_s=FETCH_S,
            next_step="check the connection to the plugin releases",
            env={**os.environ, "PULUMI_HOME": str(pulumi_home()), "PULUMI_SKIP_UPDATE_CHECK": "1"},
        )
    except ToolchainError as error:
        say(str(error))
