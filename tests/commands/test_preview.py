"""`phoenix preview`, and `phoenix up` that is held to a plan: files, streams and exit codes.

With a Pulumi of the test's own: what the real one makes of it is in tests/lab/test_pipelines.py.
"""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from phoenix.commands import exit_codes
from phoenix.commands.cli import main

CHECKOUT = Path(__file__).parents[2]
Said = subprocess.CompletedProcess[str]

PULUMI = """#!/bin/sh
echo "$*" >> {folder}/asked
case "$1 $2" in
"stack export") echo '{{}}' ;;
"stack output") echo '{{}}' ;;
"config --json") exit 1 ;;
"preview --stack")
    echo shown by pulumi
    while [ $# -gt 0 ]; do
        case "$1" in
        --event-log) cp {folder}/events "$2" ;;
        --save-plan) touch "$2" ;;
        esac
        shift
    done
    exit "$(cat {folder}/code)"
    ;;
"up --stack")
    while [ $# -gt 0 ]; do
        case "$1" in
        --event-log) touch "$2" ;;
        --plan) [ -e "$2" ] || exit 9 ;;
        esac
        shift
    done
    ;;
esac
"""
URN = "urn:pulumi:dev::phoenix::pulumi-python:dynamic/phoenix:Lxc::914-ollama"


def memory(before: int, after: int) -> str:
    sides = {side: {"inputs": {"memory_mb": value}} for side, value in (("old", before), ("new", after))}
    return json.dumps({"resourcePreEvent": {"metadata": {"op": "update", "urn": URN, **sides}}})


REFUSED = json.dumps({"diagnosticEvent": {"severity": "error", "message": "guest 914: resize failed: no"}})
Run = Callable[..., Said]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """`bin/phoenix` with these words, and a Pulumi whose preview has these events and this exit code."""
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "pulumi"
    program.write_text(PULUMI.format(folder=tmp_path))
    program.chmod(0o755)
    own = {"PATH": f"{program.parent}:{os.environ['PATH']}", "PULUMI_BACKEND_URL": ""}

    def running(*words: str, events: str = "", code: int = 0) -> Said:
        (tmp_path / "events").write_text(events)
        (tmp_path / "code").write_text(str(code))
        return subprocess.run(
            [str(CHECKOUT / "bin" / "phoenix"), *words],
            cwd=tmp_path, env={**os.environ, **own}, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    return running


def preview(*words: str) -> tuple[str, ...]:
    return ("preview", "--stack", "dev", *words)


def up(*words: str) -> tuple[str, ...]:
    return ("up", "--stack", "dev", *words)


def test_the_result_goes_to_standard_output_and_to_files_of_the_callers_folder(run: Run, tmp_path: Path) -> None:
    done = run(*preview("--markdown", "comment.md", "--save-plan", "plan.json"), events=memory(2, 1))
    assert done.returncode == exit_codes.DONE
    assert done.stdout.startswith("### Preview of dev: 1 to change\n")
    assert "shown by pulumi" in done.stderr
    assert (tmp_path / "comment.md").read_text() == done.stdout
    assert json.loads((tmp_path / "plan.json").read_text())["changes"][0]["urn"] == URN


def test_json_is_for_machines(run: Run) -> None:
    done = run(*preview("--json"), events=memory(2, 1))
    assert json.loads(done.stdout)["changes"][0]["name"] == "914-ollama"


@pytest.mark.parametrize(("events", "code"), [("", exit_codes.DONE), (memory(2, 1), exit_codes.NOT_SO)])
def test_changes_that_are_not_expected_end_with_1(run: Run, events: str, code: int) -> None:
    assert run(*preview("--expect-no-changes"), events=events).returncode == code
    assert run(*preview(), events=events).returncode == exit_codes.DONE


def test_what_is_refused_ends_with_1_and_leaves_no_plan(run: Run, tmp_path: Path) -> None:
    words = preview("--markdown", "comment.md", "--save-plan", "plan.json")
    (tmp_path / "plan.json").write_text("of an earlier review")
    assert run(*words, events=REFUSED, code=255).returncode == exit_codes.NOT_SO
    assert "guest 914: resize failed: no" in (tmp_path / "comment.md").read_text()
    assert not (tmp_path / "plan.json").exists()


def test_a_preview_that_cannot_be_had_ends_with_2_and_leaves_nothing_of_before(run: Run, tmp_path: Path) -> None:
    (tmp_path / "comment.md").write_text("of an earlier review")
    done = run(*preview("--markdown", "comment.md"), code=255)
    assert (done.returncode, done.stdout) == (exit_codes.UNUSABLE, "")
    assert "stack dev: pulumi preview ended with 255" in done.stderr
    assert not (tmp_path / "comment.md").exists()


def asked_to_converge(folder: Path) -> list[str]:
    return [line for line in (folder / "asked").read_text().splitlines() if line.startswith("up ")]


def test_up_does_what_was_reviewed_held_to_the_preview_of_now(run: Run, tmp_path: Path) -> None:
    run(*preview("--save-plan", "plan.json"), events=memory(2, 1))
    assert run(*up("--plan", "plan.json"), events=memory(2, 1)).returncode == exit_codes.DONE
    (line,) = asked_to_converge(tmp_path)
    assert " --plan " in line


def test_up_refuses_what_was_not_reviewed(run: Run, tmp_path: Path) -> None:
    run(*preview("--save-plan", "plan.json"), events=memory(2, 1))
    done = run(*up("--plan", "plan.json"), events=memory(2, 4))
    assert done.returncode == exit_codes.UNUSABLE
    assert "stack dev: nothing was done, because this would go beyond what was reviewed\n" in done.stderr
    assert "  memory_mb\n  - 2\n  + 4\n  what was reviewed:\n  - 2\n  + 1\n" in done.stderr
    assert asked_to_converge(tmp_path) == []


def test_up_does_nothing_where_the_preview_fails_or_there_is_no_plan(run: Run, tmp_path: Path) -> None:
    assert run(*up("--plan", "plan.json")).returncode == exit_codes.UNUSABLE
    run(*preview("--save-plan", "plan.json"))
    assert run(*up("--plan", "plan.json"), events=REFUSED, code=255).returncode == 255
    assert asked_to_converge(tmp_path) == []


@pytest.mark.parametrize("more", [["--certificates-only"], ["--", "--target", "x"]])
def test_a_plan_is_of_a_whole_run(more: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*up("--plan", "plan.json"), *more]) == exit_codes.UNUSABLE
    assert "--plan is for a whole run" in capsys.readouterr().err
