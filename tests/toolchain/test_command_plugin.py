"""The optional extra: a machine with the pulumi-command plugin runs an operator's command by it."""

import os
import shutil
from pathlib import Path

import pytest

from tests.toolchain.conftest import MakeProject

pytestmark = [pytest.mark.engine, pytest.mark.hooks]

PROGRAM = """
import pulumi
import pulumi_command

hook = pulumi_command.local.Command("hook", create="printf ran", triggers=[pulumi.Config().get("trigger")])
pulumi.export("said", hook.stdout)
"""


@pytest.mark.parametrize("host", ["own", "official"])
def test_a_command_runs_once_and_again_when_its_trigger_changes(project: MakeProject, host: str) -> None:
    plugin = shutil.which("pulumi-resource-command")
    if plugin is None:
        pytest.skip("no pulumi-command plugin: PHOENIX_PULUMI_PARTS is not set")
    tiny = project(PROGRAM, host)
    if host == "own":
        # the directory of the official host also holds the plugin, so it comes last instead of first
        tiny.env["PATH"] += f"{os.pathsep}{Path(plugin).parent}"
    for trigger, expected in (("1", "+ 2 created"), ("1", "2 unchanged"), ("2", "+-1 replaced")):
        assert tiny.run("config", "set", "trigger", trigger)[0] == 0
        code, output = tiny.run("up", "--yes", "--skip-preview")
        assert code == 0, output
        assert expected in output
    assert tiny.run("stack", "output", "said") == (0, "ran\n")
