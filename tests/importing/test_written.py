"""Where the files go: nothing over what is there, nothing that does not load, nothing left behind."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from phoenix.commands.cli import main
from phoenix.importing.error import ImportingError
from phoenix.importing.ledger import Ledger
from phoenix.importing.new_file import NewFile
from phoenix.importing.run import import_directory
from phoenix.importing.yaml_text import yaml_text
from phoenix.model import load
from tests.importing.versions import FOLDER

OLD = FOLDER / "2025-11-16"
ROOT = Path(__file__).parents[2]
Change = Callable[[Any], object]


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A copy of the newer version."""
    shutil.copytree(OLD, tmp_path / "old")
    return tmp_path / "old"


def changed(old: Path, name: str, change: Change) -> None:
    path = old / name
    data = json.loads(path.read_text(encoding="utf-8"))
    change(data)
    path.write_text(json.dumps(data, indent=2), encoding="utf-8")


def test_nothing_is_written_over_what_is_there(old: Path, tmp_path: Path) -> None:
    there = tmp_path / "new/config/cluster.yaml"
    there.parent.mkdir(parents=True)
    there.write_text("mine", encoding="utf-8")
    with pytest.raises(ImportingError, match=r"new/config/cluster.yaml:1: file: no file there: .*--force"):
        import_directory(old, tmp_path / "new", "production")
    assert [path for path in (tmp_path / "new").rglob("*") if path.is_file()] == [there]
    assert there.read_text(encoding="utf-8") == "mine"
    import_directory(old, tmp_path / "new", "production", force=True)
    assert "node:" in there.read_text(encoding="utf-8")


def test_a_guest_of_another_cluster_is_never_mixed_in(old: Path, tmp_path: Path) -> None:
    other = tmp_path / "new/config/guests/120-other.yaml"
    other.parent.mkdir(parents=True)
    other.write_text("mine", encoding="utf-8")
    with pytest.raises(ImportingError, match=r"120-other.yaml:1: file: no other guest or stack there"):
        import_directory(old, tmp_path / "new", "production", force=True)
    assert other.read_text(encoding="utf-8") == "mine"


def test_a_report_is_not_written_over(old: Path, tmp_path: Path) -> None:
    (tmp_path / "report.md").write_text("mine", encoding="utf-8")
    with pytest.raises(ImportingError, match=r"report.md:1: file: no file there, or --force"):
        import_directory(old, tmp_path / "new", "production", report=tmp_path / "report.md")
    assert not (tmp_path / "new").exists()


def test_what_does_not_load_is_told_at_the_old_value_and_not_written(old: Path, tmp_path: Path) -> None:
    changed(old, "etc/phoenix_lxc_configs.json", lambda data: data["lxc_configs"]["914"].update(cores=-6))
    with pytest.raises(ImportingError) as error:
        import_directory(old, tmp_path / "new", "production")
    wanted = r"etc/phoenix_lxc_configs.json:\d+: lxc_configs.914.cores: got -6; .* \(it became config/guests/914-ollama"
    assert error.match(wanted)
    assert not (tmp_path / "new").exists()


def test_nothing_but_the_files_is_left_behind(old: Path, tmp_path: Path) -> None:
    import_directory(old, tmp_path / "new", "production")
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["config", "stacks"]
    assert len(load(tmp_path / "new/config", tmp_path / "new/stacks", "production").guests) == 15


def test_another_environment_than_production(old: Path, tmp_path: Path) -> None:
    """It must be one that every stack has."""
    with pytest.raises(ImportingError, match=r"stacks/qdrant_service/stack.yaml.*the environment must be one of"):
        import_directory(old, tmp_path / "new", "testing")


def test_portainers_compose_file_is_the_products(old: Path, tmp_path: Path) -> None:
    """As in `stacks/`, but for the folder of its data."""
    import_directory(old, tmp_path / "new", "production")
    ours, made = (
        YAML(typ="safe").load((folder / "stacks/portainer_service/compose.yaml").read_text(encoding="utf-8"))
        for folder in (ROOT, tmp_path / "new")
    )
    assert made["volumes"]["portainer_data"]["driver_opts"].pop("device") == "/mnt/persistent/portainer/data"
    del ours["volumes"]["portainer_data"]["driver_opts"]["device"]
    assert made == ours


def test_text_that_docker_would_take_for_a_number_is_quoted() -> None:
    file = NewFile("stacks/x/compose.yaml", Ledger(), {"services": {"x": {"ports": ["22:22"], "command": "on"}}})
    assert yaml_text(file, []) == "services:\n  x:\n    ports: ['22:22']\n    command: 'on'\n"


def test_the_command(old: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target, report = tmp_path / "new", tmp_path / "report.md"
    arguments = ["import", str(old), "--to", str(target)]
    assert main([*arguments, "--report", str(report)]) == 0
    assert capsys.readouterr().out == ""
    assert report.read_text(encoding="utf-8").startswith("# Imported\n")
    assert main([*arguments, "--force", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["missing"] == []
    assert main(arguments) == 2
    assert "--force" in capsys.readouterr().err
    (old / "etc/certificate-manifest.json").unlink()
    assert main([*arguments, "--force"]) == 1
    assert "## Missing\n\n- the manifest of certificates" in capsys.readouterr().out


def test_a_key_that_nobody_understands_is_left_out_only_when_told(
    old: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed(old, "etc/phoenix_vm_configs.json", lambda data: data["vms"][1].update(numa={"nodes": 2}))
    arguments = ["import", str(old), "--to", str(tmp_path / "new")]
    assert main(arguments) == 2
    assert "vms[1].numa: got an object; a key that this program understands" in capsys.readouterr().err
    assert main([*arguments, "--leave-out", "numa"]) == 0
    assert "left out by the operator (--leave-out)" in capsys.readouterr().out
