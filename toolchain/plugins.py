"""The engine's plugins: `docker`, which the program needs, and `command`, which only an operator's hooks need."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from toolchain import build, engine, packages, progress
from toolchain.places import REQUIREMENTS, parts, pulumi_home
from toolchain.report import ToolchainError, say

FETCH_S = 300.0


def prepare(found: engine.Engine) -> None:
    """Have the docker plugin where the engine looks for it, and the command plugin too where it can be fetched."""
    version = packages.pinned("pulumi-docker", REQUIREMENTS / "run.txt")
    if _ours("docker", version).is_symlink() or not (
        _present("docker", version) or (found.internet and _fetched(found, "docker", version))
    ):
        _built_docker(version)
    version = packages.pinned("pulumi-command", REQUIREMENTS / "hooks.txt")
    if found.internet and not _present("command", version):
        _fetched(found, "command", version)


def have_command() -> bool:
    """Whether the command plugin is on this machine, so that the hooks extra is of use."""
    version = packages.pinned("pulumi-command", REQUIREMENTS / "hooks.txt")
    return _present("command", version)


def _ours(name: str, version: str) -> Path:
    """Where the engine looks for a plugin that is not on PATH."""
    return pulumi_home() / "plugins" / f"resource-{name}-v{version}" / f"pulumi-resource-{name}"


def _present(name: str, version: str) -> bool:
    where = os.pathsep.join([str(parts() or ""), engine.own_path()])
    return _ours(name, version).exists() or shutil.which(f"pulumi-resource-{name}", path=where) is not None


def _fetched(found: engine.Engine, name: str, version: str) -> bool:
    """Let the engine download a released plugin; False, said in one line, when it cannot."""
    try:
        progress.run(
            [str(found.directory / "pulumi"), "plugin", "install", "resource", name, version],
            f"plugin {name} {version}",
            limit_s=FETCH_S,
            next_step="check the connection to the plugin releases",
            env={**os.environ, "PULUMI_HOME": str(pulumi_home()), "PULUMI_SKIP_UPDATE_CHECK": "1"},
        )
    except ToolchainError as error:
        say(str(error))
        return False
    return True


def _built_docker(version: str) -> None:
    """Build the docker plugin and link it into the engine's plugin directory under the version asked for."""
    wanted = build.recipe("docker-plugin")
    if wanted.version != version:
        raise ToolchainError(
            "plugin docker",
            f"the recipe serves {wanted.version}, requirements/run.txt pins pulumi-docker {version}",
            "bring toolchain/docker-plugin/recipe.toml and requirements/run.txt to one version",
        )
    built = build.build(wanted)
    link = _ours("docker", version)
    link.parent.mkdir(parents=True, exist_ok=True)
    pending = link.with_name(f".{link.name}.{os.getpid()}")
    pending.symlink_to(built)
    pending.replace(link)
