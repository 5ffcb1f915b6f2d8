"""What is pinned is pinned everywhere alike, by hash, and names no host."""

import re
from pathlib import Path

import pytest

from toolchain import build
from toolchain.places import HERE, REQUIREMENTS

FILES = sorted(REQUIREMENTS.glob("*.txt"))
RECIPES = sorted(path.parent.name for path in HERE.glob("*/recipe.toml"))
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*(?:\[[a-z]+\])?)==(\S+)(.*?)(?=^[a-z0-9]|\Z)", re.MULTILINE | re.DOTALL)


def pins(file: Path) -> dict[str, tuple[str, str]]:
    return {name: (version, rest) for name, version, rest in PIN.findall(file.read_text())}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_package_has_hashes_and_no_file_names_a_host(file: Path) -> None:
    assert pins(file)
    assert [name for name, (_, rest) in pins(file).items() if "--hash=sha256:" not in rest] == []
    assert "://" not in file.read_text()


def test_a_package_has_one_version_in_all_files() -> None:
    versions: dict[str, set[str]] = {}
    for file in FILES:
        for name, (version, _) in pins(file).items():
            versions.setdefault(name.split("[")[0], set()).add(version)
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_is_whole(name: str) -> None:
    wanted = build.recipe(name)
    assert all(path.is_file() for path in wanted.inputs())
    assert {"go.mod", "go.sum"} <= {path.name for path in wanted.inputs()}
    assert any(wanted.version in value for value in wanted.link_values.values())


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("engine", "github.com/pulumi/pulumi/pkg/v3"),
        ("sops", "github.com/getsops/sops/v3"),
        ("step-ca", "github.com/smallstep/certificates"),
        ("actionlint", "github.com/rhysd/actionlint"),
        ("step-cli", "github.com/smallstep/cli"),
    ],
)
def test_a_recipe_builds_the_version_that_its_go_mod_pins(name: str, module: str) -> None:
    wanted = build.recipe(name)
    assert f"{module} v{wanted.version}" in (wanted.directory / "go.mod").read_text()


def test_another_input_means_another_place_in_the_cache(tmp_path: Path) -> None:
    room = tmp_path / "tool"
    room.mkdir()
    for name in ("go.mod", "go.sum"):
        (room / name).write_text("")
    (room / "recipe.toml").write_text('binary = "b"\nversion = "1"\npackage = "p"\nlink_values = {}\n')
    before = build.recipe("tool", tmp_path).target()
    assert build.recipe("tool", tmp_path).target() == before
    (room / "go.sum").write_text("changed")
    assert build.recipe("tool", tmp_path).target() != before


def test_an_unknown_recipe_names_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert build.main(["nonsense"]) == 1
    assert "use one of actionlint, engine, sops, step-ca, step-cli" in capsys.readouterr().err
