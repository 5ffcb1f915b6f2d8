"""A tiny program on the real engine, hosted by our own Python language host and by the official one."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.toolchain.conftest import MakeProject
from toolchain.places import ROOT

pytestmark = pytest.mark.engine

PROGRAM = """
import sys, time
import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult

config = pulumi.Config()

class Provider(ResourceProvider):
    def create(self, props):
        time.sleep(float(props["seconds"]))
        return CreateResult("one", {**props, "python": sys.executable})

    def diff(self, id, old, new):
        return DiffResult(changes=old.get("value") != new.get("value"))

    def update(self, id, old, new):
        return UpdateResult({**new, "python": sys.executable})

class Thing(Resource):
    python: pulumi.Output[str]

    def __init__(self):
        inputs = {"value": config.get("value"), "seconds": config.get("seconds") or "0", "python": None}
        super().__init__(Provider(), "thing", inputs)

if config.get("refuse"):
    raise pulumi.RunError("the value is wrong")
if config.get("break"):
    {}["no such key"]
pulumi.export("program", sys.executable)
pulumi.export("provider", Thing().python)
"""


@pytest.mark.parametrize("host", ["own", "official"])
def test_preview_up_again_change_and_destroy(project: MakeProject, host: str) -> None:
    tiny = project(PROGRAM, host)
    for args, expected in (
        (("preview",), "+ 2 to create"),
        (("up", "--yes", "--skip-preview"), "+ 2 created"),
        (("up", "--yes", "--skip-preview", "--expect-no-changes"), "2 unchanged"),
        (("refresh", "--yes", "--skip-preview"), "2 unchanged"),
    ):
        code, output = tiny.run(*args)
        assert code == 0, output
        assert expected in output
    code, interpreter = tiny.run("stack", "output", "program")
    assert Path(interpreter.strip()).resolve() == Path(sys.executable).resolve()
    assert Path(interpreter.strip()).is_relative_to(ROOT / ".venv")
    assert tiny.run("stack", "output", "provider") == (0, interpreter)
    assert tiny.run("config", "set", "value", "2")[0] == 0
    code, output = tiny.run("up", "--yes", "--skip-preview")
    assert code == 0, output
    assert "~ 1 updated" in output
    code, output = tiny.run("destroy", "--yes", "--skip-preview")
    assert code == 0, output
    assert "- 2 deleted" in output


@pytest.mark.parametrize("host", ["own", "official"])
def test_an_error_that_the_program_names_is_one_clear_line(project: MakeProject, host: str) -> None:
    tiny = project(PROGRAM, host)
    tiny.run("config", "set", "refuse", "1")
    code, output = tiny.run("preview")
    assert code != 0
    assert "error: the value is wrong" in output
    assert "Traceback" not in output


def test_a_broken_program_shows_its_own_lines(project: MakeProject) -> None:
    tiny = project(PROGRAM)
    tiny.run("config", "set", "break", "1")
    code, output = tiny.run("preview")
    assert code != 0
    assert "KeyError: 'no such key'" in output
    assert "runpy" not in output


@pytest.mark.parametrize("whole_group", [False, True], ids=["to the engine", "to its process group"])
def test_an_interrupt_in_the_middle_is_quiet_and_leaves_no_process(project: MakeProject, whole_group: bool) -> None:
    tiny = project(PROGRAM)
    tiny.run("config", "set", "seconds", "3")
    tiny.env["PHOENIX_TEST_MARK"] = mark = str(tiny.directory)
    process = tiny.start("up", "--yes", "--skip-preview")
    try:
        assert process.stdout is not None
        seen = ""
        while "thing creating" not in seen:
            line = process.stdout.readline()
            assert line, seen
            seen += line
        time.sleep(0.5)
        if whole_group:
            os.killpg(process.pid, signal.SIGINT)
        else:
            process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode != 0
    assert "Traceback" not in seen + rest
    assert "KeyboardInterrupt" not in seen + rest
    deadline = time.monotonic() + 10
    while processes_marked(mark) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert processes_marked(mark) == []


def processes_marked(mark: str) -> list[str]:
    """The command lines of the living processes whose environment holds that mark."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"PHOENIX_TEST_MARK={mark}".encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


def test_a_prepared_checkout_is_left_alone_without_a_word(run_twice: Callable[[], str]) -> None:
    assert run_twice() == ""


@pytest.fixture
def run_twice() -> Callable[[], str]:
    def run() -> str:
        outputs = []
        for _ in range(2):
            done = subprocess.run(
                [ROOT / "bin" / "toolchain"], capture_output=True, text=True, timeout=1800, check=True
            )
            outputs.append(done.stdout + done.stderr)
        return outputs[-1]

    return run
