"""A converged lab, in which commands are run and timed."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.place import Lab

CHECKOUT = Path(__file__).resolve().parent.parent
LIMIT = 1900.0
STACK = ("--stack", "dev")
PREVIEW = ("pulumi", "preview", *STACK, "--expect-no-changes")
UP = ("pulumi", "up", *STACK, "--yes", "--skip-preview", "--expect-no-changes")


class BenchmarkError(Exception):
    """A command of a comparison failed; the message ends with what it said last."""


@dataclass(frozen=True)
class Bench:
    """The lab, a folder for what the benchmark makes, and what is to be undone when all comparisons are made."""

    lab: Lab
    room: Path
    undo: ExitStack
    kept: dict[str, Any] = field(default_factory=dict)
    """What one comparison has made and others use as well."""

    def timed(self, words: Sequence[str], folder: Path = CHECKOUT, env: Mapping[str, str] | None = None) -> float:
        """Seconds that a command took inside the lab. Raises BenchmarkError when it fails."""
        output = self.room / "output"
        given = ["env", *(f"{key}={value}" for key, value in (env or {}).items())]
        # -m finds the module by the path of the checkout, wherever the command runs
        inner = [*given, "python", "-m", "benchmarks.timed", str(output), *words]
        done = subprocess.run(
            [str(CHECKOUT / "bin" / "lab"), "exec", "--", *inner],
            cwd=folder, capture_output=True, text=True, timeout=LIMIT, check=False,
        )  # fmt: skip
        try:
            answer = json.loads(done.stdout)
        except ValueError:
            raise BenchmarkError(f"{words[0]}: {(done.stdout + done.stderr)[-2000:]}") from None
        if answer["code"]:
            raise BenchmarkError(f"{' '.join(words)} ended with {answer['code']}:\n{self.said()[-3000:]}")
        return float(answer["seconds"])

    def said(self) -> str:
        """What the last command said."""
        return (self.room / "output").read_text(encoding="utf-8", errors="replace")

    def ask(self, words: Sequence[str], env: Mapping[str, str] | None = None) -> str:
        """What a command inside the lab writes. Raises BenchmarkError when it fails."""
        self.timed(words, env=env)
        return self.said()

    def settle(self) -> None:
        """Converge the cluster as the checkout has it."""
        self.timed([str(CHECKOUT / "bin" / "phoenix"), "up", *STACK])


def scratch(folder: Path) -> Path:
    """A copy of the checkout that may be edited."""
    ignored = shutil.ignore_patterns(".git", ".venv", ".*_cache", "__pycache__", ".hypothesis", "build")
    copy = Path(shutil.copytree(CHECKOUT, folder, ignore=ignored, dirs_exist_ok=True))
    if not (copy / ".venv").exists():
        (copy / ".venv").symlink_to(CHECKOUT / ".venv")
    return copy


def make_up() -> None:
    """Bring the lab up and converged, as `make up` does. Raises CalledProcessError."""
    subprocess.run(["make", "up"], cwd=CHECKOUT, check=True, timeout=LIMIT, env={**os.environ})
