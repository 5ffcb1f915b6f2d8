"""Calls of the Pulumi CLI: its environment, and what comes back. A small program stands on PATH in its place."""

import os
import subprocess
from pathlib import Path

import pytest

from phoenix.commands import pulumi_cli

PROGRAM = """#!/bin/sh
case "$1" in
fail) echo "no such stack" >&2; exit 255 ;;
hang) exec sleep 60 ;;
environment) echo "$PULUMI_RUN_PROGRAM $PULUMI_SKIP_UPDATE_CHECK $PULUMI_DEBUG_COMMANDS $MINE" ;;
*) printf '["%s"]' "$*" ;;
esac
"""


@pytest.fixture(autouse=True)
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "pulumi"
    file.write_text(PROGRAM)
    file.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")


def test_every_call_runs_the_program_on_refresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINE", "kept")
    monkeypatch.setenv("PULUMI_RUN_PROGRAM", "false")
    assert pulumi_cli.ask(["environment"]).strip() == "true 1 true kept"


def test_an_answer_is_decoded_and_nothing_is_asked_back() -> None:
    assert pulumi_cli.ask_json(["stack", "export"]) == ["stack export --non-interactive"]


def test_a_failure_brings_its_words() -> None:
    with pytest.raises(subprocess.CalledProcessError) as caught:
        pulumi_cli.ask(["fail"])
    assert caught.value.stderr.strip() == "no such stack"


def test_nothing_waits_for_ever() -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        pulumi_cli.ask(["hang"], timeout=0.2)


def test_a_run_hands_its_exit_code_on() -> None:
    assert (pulumi_cli.run(["fail"]), pulumi_cli.run(["up"])) == (255, 0)
