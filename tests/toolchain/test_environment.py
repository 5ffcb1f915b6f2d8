"""The environment that commands run in."""

from pathlib import Path

import pytest

from toolchain.build import recipe
from toolchain.environment import variables
from toolchain.places import VENV


@pytest.fixture(autouse=True)
def _nothing_else(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("PHOENIX_PULUMI_PARTS", raising=False)
    monkeypatch.setenv("PHOENIX_CACHE", str(tmp_path))


def test_the_toolchain_comes_first_and_the_rest_stays() -> None:
    env = variables({"PATH": "/usr/bin:/bin", "LANG": "C", "PYTHONHOME": "/x"}, Path("/engine"))
    assert env["PATH"] == f"{VENV}/bin:/engine:/usr/bin:/bin"
    assert env["LANG"] == "C"
    assert "PYTHONHOME" not in env
    assert env["PULUMI_RUN_PROGRAM"] == "true"
    assert env["PULUMI_SKIP_UPDATE_CHECK"] == "1"


def test_nesting_changes_nothing() -> None:
    once = variables({"PATH": "/usr/bin:/bin"}, Path("/engine"))
    assert variables(once, Path("/engine")) == once


def test_given_parts_come_before_the_engines_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHOENIX_PULUMI_PARTS", "/parts")
    assert variables({"PATH": "/bin"}, Path("/engine"))["PATH"] == f"{VENV}/bin:/parts:/engine:/bin"


def test_sops_is_there_once_it_was_built() -> None:
    built = recipe("sops").target()
    built.mkdir()
    once = variables({"PATH": "/bin"}, Path("/engine"))
    assert once["PATH"] == f"{VENV}/bin:/engine:{built}:/bin"
    assert variables(once, Path("/engine")) == once
