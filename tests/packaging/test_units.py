"""The systemd units and the environment's example say what the program really takes."""

import configparser
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from phoenix.commands import converging
from phoenix.commands.cli import main
from phoenix.commands.converging import Run
from phoenix.settings import Settings, environment_variable

ROOT = Path(__file__).parents[2]
PACKAGING = ROOT / "packaging"
INSTALLED = "/opt/phoenix/"


def unit(name: str) -> configparser.ConfigParser:
    parsed = configparser.ConfigParser(interpolation=None)
    parsed.optionxform = str  # type: ignore[assignment, method-assign]
    parsed.read(PACKAGING / name)
    return parsed


def accepts(command: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The command's files are there, and its arguments are ones that `phoenix up` knows."""
    programs = [word for word in command if word.startswith("bin/")]
    assert programs == ["bin/toolchain", "bin/phoenix"]
    assert all((ROOT / program).stat().st_mode & 0o100 for program in programs)
    taken: list[tuple[Run, float]] = []

    def converge(given: Run, lock_timeout: float) -> int:
        taken.append((given, lock_timeout))
        return 7

    monkeypatch.setattr(converging, "converge", converge)
    assert main(command[command.index("bin/phoenix") + 1 :]) == 7
    assert taken == [(Run("production"), 1800.0)]


def test_the_service_converges(monkeypatch: pytest.MonkeyPatch) -> None:
    service = unit("phoenix.service")["Service"]
    assert service["Type"] == "oneshot"
    accepts([word.removeprefix(INSTALLED) for word in shlex.split(service["ExecStart"])], monkeypatch)


def test_the_timer_comes_often_enough_for_the_shortest_window() -> None:
    timer = unit("phoenix.timer")["Timer"]
    assert timer["OnCalendar"] == "hourly"
    certificates = YAML(typ="safe").load(ROOT / "config" / "certificates.yaml")["certificates"]
    windows = [each.get("renew_before_hours", each.get("lifetime_hours", 24) / 2) for each in certificates]
    # two runs may fail, and the next is still in time
    assert min(windows) >= 3


def test_the_example_names_real_settings_and_no_secret() -> None:
    text = (PACKAGING / "environment.example").read_text()
    named = set(re.findall(r"^(PHOENIX_\w+)=", text, re.MULTILINE))
    known = {environment_variable(field.alias or name) for name, field in Settings.model_fields.items()}
    assert named - known == {"PHOENIX_DATABASE_PASSWORD"}
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}", text)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze on this machine")
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    for name in ("phoenix.service", "phoenix.timer"):
        text = (PACKAGING / name).read_text().replace(f"{INSTALLED}bin/toolchain", "/bin/true")
        (tmp_path / name).write_text(text)
    units = [str(tmp_path / name) for name in ("phoenix.service", "phoenix.timer")]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True, timeout=60, check=False
    )
    assert [line for line in done.stderr.splitlines() if "phoenix." in line] == []
    assert done.returncode == 0
