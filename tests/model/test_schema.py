"""The JSON Schemas: current, and agreeing with the loader."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from phoenix.model import schema

ROOT = Path(__file__).resolve().parents[2]
KIND = {
    "artifacts.json": [ROOT / "config/artifacts.yaml"],
    "cluster.json": [ROOT / "config/cluster.yaml"],
    "certificates.json": [ROOT / "config/certificates.yaml"],
    "guest.json": sorted((ROOT / "config/guests").glob("*.yaml")),
    "stack.json": sorted((ROOT / "stacks").glob("*/stack.yaml")),
}


def _schema(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((schema.FOLDER / name).read_text(encoding="utf-8"))
    return content


def _data(path: Path) -> Any:
    return YAML(typ="safe", pure=True).load(path)


@pytest.mark.parametrize("name", schema.FILES)
def test_the_file_is_current(name: str) -> None:
    written = (schema.FOLDER / name).read_text(encoding="utf-8")
    assert written == schema.schema_text(schema.FILES[name]), "run: python -m phoenix.model.schema"


@pytest.mark.parametrize("name", schema.FILES)
def test_the_reference_cluster_fits(name: str) -> None:
    validator = jsonschema.Draft202012Validator(_schema(name))
    validator.check_schema(_schema(name))
    found = [(path.name, error.message) for path in KIND[name] for error in validator.iter_errors(_data(path))]
    assert KIND[name]
    assert found == []


def test_every_file_names_its_schema() -> None:
    for name, paths in KIND.items():
        for path in paths:
            first = path.read_text(encoding="utf-8").splitlines()[0]
            prefix, _, relative = first.partition("$schema=")
            assert prefix == "# yaml-language-server: "
            assert (path.parent / relative).resolve() == schema.FOLDER / name


@pytest.mark.parametrize(
    "change",
    [
        {"cores": "2"},
        {"coers": 2},
        {"features": ["ngnix"]},
        {"features": [{"name": "vllm"}]},
        {"features": ["vllm"]},
        {"firewall": {"rules": [{"direction": "in", "proto": "tcp", "ports": [0]}]}},
        {"network": {"address": 7, "bridge": "vmbr0"}},
    ],
    ids=str,
)
def test_an_editor_tells_a_mistake(change: dict[str, Any]) -> None:
    guest = _data(ROOT / "config/guests/101-nginx-phoenix.yaml")
    validator = jsonschema.Draft202012Validator(_schema("guest.json"))
    assert validator.is_valid(guest)
    assert not validator.is_valid({**guest, **change})


def test_writing_them_again_changes_nothing(tmp_path: Path) -> None:
    schema.write(tmp_path)
    for name in schema.FILES:
        assert (tmp_path / name).read_bytes() == (schema.FOLDER / name).read_bytes()
