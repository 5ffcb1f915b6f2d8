"""A long command says how far it is, ends in time, and shows why it failed."""

import sys
import time

import pytest

from toolchain import build, progress
from toolchain.report import ToolchainError


def script(body: str) -> list[str]:
    return [sys.executable, "-u", "-c", body]


def test_a_line_comes_every_few_seconds(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(progress, "EVERY_S", 0.2)
    progress.run(script("print('a'); import time; time.sleep(0.7)"), "step", limit_s=10, next_step="-")
    assert "toolchain: step: 0 s, 1 lines" in capsys.readouterr().err


def test_a_failure_shows_the_end_of_the_output_and_what_to_do() -> None:
    with pytest.raises(ToolchainError, match=r"step: exit code 3\n(.|\n)*line 29\n  next: look there") as failed:
        progress.run(
            script("[print('line', n) for n in range(30)]; raise SystemExit(3)"),
            "step",
            limit_s=9,
            next_step="look there",
        )
    assert "line 9\n" not in str(failed.value)


def test_what_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "EVERY_S", 0.1)
    start = time.monotonic()
    with pytest.raises(ToolchainError, match="not done after 0 s"):
        progress.run(script("import time; time.sleep(60)"), "step", limit_s=0.3, next_step="-")
    assert time.monotonic() - start < 10


def test_modules_and_packages_are_counted() -> None:
    lines = ["go: downloading example.org/a v1.0.0", "internal/abi", "example.org/a"]
    assert build._counted(lines) == "1 modules downloaded, 2 packages compiled"
