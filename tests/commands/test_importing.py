"""`phoenix import`: a directory or a cluster, never both, and nothing said that would be ignored."""

from pathlib import Path

import pytest

from phoenix.commands import exit_codes
from phoenix.commands.cli import main


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--live"],
        ["--live", "--node", "10.0.0.13", "old"],
        ["--live", "--node", "10.0.0.13", "--leave-out", "key"],
        ["old", "--node", "10.0.0.13"],
        ["old", "--stack", "production"],
    ],
    ids=" ".join,
)
def test_what_does_not_go_together_is_refused(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", *words, "--to", str(tmp_path / "new")]) == exit_codes.UNUSABLE
    assert "--live" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_credentials_that_are_missing_are_told_before_anything_is_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PHOENIX_PROXMOX_TOKEN", raising=False)
    words = ["import", "--live", "--node", "10.0.0.13", "--to", str(tmp_path / "new")]
    assert main(words) == exit_codes.UNUSABLE
    assert "phoenix:proxmoxToken" in capsys.readouterr().err


def test_a_report_that_is_there_is_told_before_anything_is_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "report.md"
    report.write_text("mine")
    words = ["import", "--live", "--node", "10.0.0.13", "--to", str(tmp_path / "new"), "--report", str(report)]
    assert main(words) == exit_codes.UNUSABLE
    assert "no file there, or --force" in capsys.readouterr().err
