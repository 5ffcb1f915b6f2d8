"""What the texts for people say of the Makefile, of files and of rooms is so."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.test_architecture import DECLARED, ROOMS

ROOT = Path(__file__).resolve().parents[2]
TEXTS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
NAMED = re.compile(r"`((?:phoenix|components|tests|config|stacks|docs|lab|toolchain|requirements|bin)/[^\s`*<]*)`")
"""A file or a folder of the checkout."""
PLACEHOLDER = re.compile(r"\b(?:NAME|SUBJECT)\b")


def short(path: Path) -> str:
    return str(path.relative_to(ROOT))


def make(*words: str) -> str:
    command = ["make", "--no-print-directory", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=True).stdout


def targets() -> list[str]:
    (listed,) = re.findall(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    return str(listed).split()


def test_help_lists_every_target_with_one_line() -> None:
    lines = [line.split(maxsplit=1) for line in make("help").splitlines()]
    assert [name for name, _ in lines] == targets()
    assert all(words for _, words in lines)


def test_quick_leaves_out_whatever_is_marked_as_needing_something() -> None:
    options = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]["ini_options"]
    (left_out,) = re.findall(r'-m "not \((.+?)\)"', make("-n", "quick"))
    assert {marker.partition(":")[0] for marker in options["markers"]} <= set(left_out.split(" or "))


@pytest.mark.parametrize("text", TEXTS, ids=short)
def test_every_target_that_a_text_names_exists(text: Path) -> None:
    named = re.findall(r"(?:^    |`)make ([a-z]+)", text.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(named) <= set(targets())


@pytest.mark.parametrize("text", TEXTS, ids=short)
def test_every_file_that_a_text_names_exists(text: Path) -> None:
    content = text.read_text(encoding="utf-8")
    named = [name for name in NAMED.findall(content) if not PLACEHOLDER.search(name)]
    assert [name for name in named if not (ROOT / name).exists()] == []
    linked = [link for link in re.findall(r"\]\(([^)#]+)", content) if "://" not in link]
    assert [link for link in linked if not (text.parent / link).exists()] == []


def test_that_would_be_noticed() -> None:
    assert NAMED.findall("in `phoenix/no/such.py`, `tests/x/`; not `phoenix:protect`") == [
        "phoenix/no/such.py",
        "tests/x/",
    ]


def test_the_table_of_rooms_is_the_one_that_is_tested() -> None:
    rows = re.findall(r"^\| `(\w+)` \|[^|]+\| (.+) \|$", (ROOT / "docs/architecture.md").read_text(), re.MULTILINE)
    told = {room: set(re.findall(r"`([\w.]+)`", known)) for room, known in rows}
    declared = {room for room, known in rows if "what is declared" in known}
    rooms = {room.removeprefix("phoenix."): {*known} - {room} for room, known in ROOMS.items()}
    assert declared == {room for room, known in rooms.items() if known.issuperset(DECLARED)}
    assert told == {
        room: {name.removeprefix("phoenix.") for name in (known - {*DECLARED} if room in declared else known)}
        for room, known in rooms.items()
    }
