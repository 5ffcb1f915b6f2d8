"""Python keeps its bytecode, whatever the environment says."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ENTRIES = ("bin/toolchain", "bin/phoenix")
SHOW = '. "$1/bin/bytecode"; echo "${PYTHONDONTWRITEBYTECODE-unset} ${PYTHONPYCACHEPREFIX-unset}"'


def shown(environment: Mapping[str, str]) -> str:
    return subprocess.run(
        ["sh", "-euc", SHOW, "sh", str(ROOT)], env=environment, capture_output=True, text=True, check=True, timeout=10
    ).stdout.rstrip("\n")


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"HOME": "/home/a"}, "unset unset"),
        ({"HOME": "/home/a", "PYTHONDONTWRITEBYTECODE": ""}, " unset"),
        ({"HOME": "/home/a", "PYTHONDONTWRITEBYTECODE": "1"}, "unset /home/a/.cache/phoenix/bytecode"),
        ({"XDG_CACHE_HOME": "/x", "PYTHONDONTWRITEBYTECODE": "1"}, "unset /x/phoenix/bytecode"),
        ({"PHOENIX_CACHE": "/p", "XDG_CACHE_HOME": "/x", "PYTHONDONTWRITEBYTECODE": "1"}, "unset /p/bytecode"),
        ({"HOME": "/h", "PYTHONPYCACHEPREFIX": "/own", "PYTHONDONTWRITEBYTECODE": "1"}, "unset /own"),
    ],
)
def test_where_it_is_kept(environment: Mapping[str, str], expected: str) -> None:
    assert shown(environment) == expected


@pytest.mark.parametrize("entry", ENTRIES)
def test_every_entry_point_asks_for_it_first(entry: str) -> None:
    lines = (ROOT / entry).read_text().splitlines()
    (asked,) = [number for number, line in enumerate(lines) if line == '. "$root/bin/bytecode"']
    assert not any("python" in line for line in lines[:asked] if not line.startswith("#"))


def test_a_run_leaves_it_there(tmp_path: Path) -> None:
    environment = {"PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1", "PHOENIX_CACHE": str(tmp_path)}
    script = f'. "$1/bin/bytecode"; exec {ROOT}/.venv/bin/python -c "import phoenix.errors"'
    subprocess.run(["sh", "-euc", script, "sh", str(ROOT)], cwd=ROOT, env=environment, check=True, timeout=30)
    assert list(tmp_path.rglob("errors.*.pyc"))
