"""`phoenix config`: the effective configuration with the origin of each value, and where two environments differ."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from phoenix.commands import exit_codes
from phoenix.commands.cli import main
from phoenix.commands.difference import Difference, differences, lines
from phoenix.commands.effective import Tree, Value, children, data, effective, paths
from phoenix.commands.effective_text import lines as text
from phoenix.commands.effective_text import scalar
from phoenix.model import load
from phoenix.model.document import Place
from tests.model.cases.side_by_side import BESIDE, HAS_TESTING
from tests.model.conftest import SMALL, Workspace

ROOT = Path(__file__).parents[2]
ENVIRONMENTS = ("production", "testing", "development")


@pytest.fixture(autouse=True)
def back(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command goes to the checkout; the next test is where it was."""
    monkeypatch.chdir(ROOT)


def reference(environment: str) -> Tree:
    return effective(load(Path("config"), Path("stacks"), environment))


def at(**values: Any) -> dict[str, Tree]:
    """A tree of plain values, each of a line of its own."""
    place = Place("f", 1)
    return {key: value if isinstance(value, dict | list) else Value(value, place) for key, value in values.items()}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_what_is_printed_is_the_configuration(environment: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "--environment", environment]) == exit_codes.DONE
    printed = capsys.readouterr().out
    assert YAML(typ="safe", pure=True).load(printed) == data(reference(environment))


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_each_value_stands_where_its_origin_says(environment: str) -> None:
    found = dict(paths(reference(environment)))
    assert len(found) > 500
    for path, value in found.items():
        line = Path(value.place.file).read_text(encoding="utf-8").splitlines()[value.place.line - 1]
        key = path.rpartition(".")[2].partition("[")[0]
        assert key in line or str(value.value) in line, f"{path}: {value.place}: {line}"


def test_every_value_of_the_files_is_there() -> None:
    whole: Any = data(reference("production"))
    safe = YAML(typ="safe", pure=True)
    file = safe.load(Path("config/cluster.yaml"))
    assert {key: whole[key] for key in file} == file
    assert whole["guests"] == {path.stem: safe.load(path) for path in Path("config/guests").glob("*.yaml")}
    assert whole["certificates"] == safe.load(Path("config/certificates.yaml"))["certificates"]
    for path in Path("stacks").glob("*/stack.yaml"):
        stack, file = dict(whole["stacks"][path.parent.name]), safe.load(path)
        environments = file.pop("environments")
        assert stack.pop("environment") == environments["production"]
        assert stack == file


def test_an_overlays_value_has_the_overlays_place(capsys: pytest.CaptureFixture[str]) -> None:
    main(["config", "--environment", "testing", "--json"])
    said = json.loads(capsys.readouterr().out)
    path = "guests.1001-portainer.memory_mb"
    assert said["configuration"]["guests"]["1001-portainer"]["memory_mb"] == 4096
    assert said["origins"][path] == "config/environments/testing/guests/1001-portainer.yaml:3"
    assert said["origins"]["guests.1001-portainer.disk_gb"].startswith("config/guests/1001-portainer.yaml:")


def test_two_environments_are_compared_value_by_value(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "--environment", "testing", "--diff", "production"]) == exit_codes.NOT_SO
    told = capsys.readouterr().out.splitlines()
    assert told[:3] == [
        "guests.1001-portainer.cores",
        "  testing     2  # config/environments/testing/guests/1001-portainer.yaml:2",
        "  production  4  # config/guests/1001-portainer.yaml:7",
    ]
    assert "stacks.thinkheads_ai_app.environment.variables[API_PORT].value" in told
    assert main(["config", "--environment", "testing", "--diff", "production", "--json"]) == exit_codes.NOT_SO
    first = json.loads(capsys.readouterr().out)[0]
    assert first["path"] == told[0]
    assert first["production"] == {"value": 4, "file": "config/guests/1001-portainer.yaml", "line": 7}


def test_an_environment_that_stands_beside_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = Workspace(Path(shutil.copytree(SMALL, tmp_path / "cluster")))
    for edit in (HAS_TESTING, BESIDE):
        workspace.replace(*edit)
    monkeypatch.chdir(workspace.folder)
    found = dict(paths(reference("production")))
    ports = [
        found[f"stacks.web.{each}.variables[PORT].value"].value for each in ("environment", "environments.testing")
    ]
    assert ports == ["8000", "8001"]


def test_an_environment_does_not_differ_from_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "--environment", "testing", "--diff", "testing"]) == exit_codes.DONE
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("more", [[], ["--json"], ["--diff", "production"]])
def test_what_does_not_load_is_told(more: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "--environment", "prod", *more]) == exit_codes.UNUSABLE
    told = capsys.readouterr()
    assert told.out == ""
    assert 'stacks/qdrant_service/stack.yaml:5: environments: got "prod"' in told.err


def test_a_name_that_could_lead_elsewhere_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "--environment", "../guests"]) == exit_codes.UNUSABLE
    assert "is not the name of an environment" in capsys.readouterr().err


def test_what_only_one_side_has_is_told_once() -> None:
    both = at(a=1, list=[at(name="x", b=1), at(name="y", b=2)])
    one = at(a=1, list=[at(name="y", b=3), at(name="z", b=4)], more=at(c=1, d=2))
    found = tuple(differences(both, one))
    assert [each.path for each in found] == ["list[x]", "list[y].b", "list[z]", "more"]
    assert found[0] == Difference("list[x]", both["list"][0], None)  # type: ignore[index]
    assert list(lines(found[-1:], "left", "right")) == ["more", "  left   (nothing)", "  right  (2 values)  # f:1"]


def test_entries_of_the_same_name_go_by_number() -> None:
    assert [path for path, _ in children([at(name="x"), at(name="x")], "p")] == ["p[0]", "p[1]"]


@pytest.mark.parametrize(
    "value",
    [
        *("plain", "a/b.c_d-e@f+g", "yes", "NULL", "~", "", "1", "1e3", "0x1", "a: b", "# no", "two words", "- x", "ä"),
        *("two\nlines", "a\ttab", "*all", "&all", "!tag", "%x", "@x", "`x`", "[x", "{x", "10:20", "2026-01-01"),
        "\x7f\x85\u2028\ufeff",
        *(1, -1, 1.5, True, None, [], {}, ["a", 1, "b, c"]),
    ],
)
def test_any_value_is_read_back(value: Any) -> None:
    (line,) = text({"key": Value(value, Place("f", 1))})
    assert line == f"key: {scalar(value)}  # f:1"
    assert YAML(typ="safe", pure=True).load(line) == {"key": value}
