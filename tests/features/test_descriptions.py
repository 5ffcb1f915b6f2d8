"""What every feature's description must hold: parts with names of their own, shell that any shell reads, no drift."""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

import phoenix.features
from phoenix.clients.ssh import Completed
from phoenix.features.assembly import describe
from phoenix.features.docker.daemon import Setting
from phoenix.features.part import File, Health, Script
from phoenix.features.registry import FEATURES
from phoenix.features.unit import Unit
from tests.features.descriptions import OPTIONS, given, parts

KINDS = ("lxc", "vm")


def test_every_feature_is_a_folder_and_in_the_registry() -> None:
    folders = {path.parent.name for path in Path(phoenix.features.__file__).parent.glob("*/__init__.py")}
    assert folders == FEATURES.keys() == {feature.name for feature in FEATURES.values()}
    assert OPTIONS.keys() <= FEATURES.keys()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("feature", FEATURES)
def test_labels_are_unique_and_one_line(feature: str, kind: str) -> None:
    labels = [part.label for part in parts(feature, kind)]
    assert len(set(labels)) == len(labels)
    assert all(label and "\n" not in label for label in labels)


@pytest.mark.parametrize("feature", FEATURES)
def test_the_same_options_give_the_same_parts(feature: str) -> None:
    assert parts(feature) == parts(feature)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("feature", FEATURES)
def test_checks_and_undos_are_shell(feature: str, kind: str) -> None:
    for part in parts(feature, kind):
        for text in (part.check(), part.undo()):
            done = subprocess.run(["sh", "-n", "-c", text], capture_output=True, text=True, timeout=10, check=False)
            assert done.returncode == 0, f"{part.label}: {done.stderr}\n{text}"


@dataclass
class Recorder:
    """Takes what `apply` would run."""

    scripts: list[str]

    def run(self, argv: list[str], **_: Any) -> Completed:
        self.scripts.append(argv[2] if argv[:1] == ["sh"] else "true")
        return Completed(0, b"", b"")

    def script(self, text: str, *_: str, **__: Any) -> Completed:
        self.scripts.append(text)
        return Completed(0, b"", b"")

    def disconnect(self) -> None:
        pass


@pytest.mark.parametrize("feature", FEATURES)
def test_applying_is_shell(feature: str) -> None:
    recorder = Recorder([])
    for part in parts(feature):
        part.apply(recorder)  # type: ignore[arg-type]
    assert recorder.scripts
    for text in recorder.scripts:
        done = subprocess.run(["sh", "-n", "-c", text], capture_output=True, text=True, timeout=10, check=False)
        assert done.returncode == 0, f"{done.stderr}\n{text}"


@pytest.mark.parametrize("feature", FEATURES)
def test_an_unknown_option_is_refused(feature: str) -> None:
    with pytest.raises(ValidationError, match="no_such_option"):
        describe(FEATURES[feature], {"no_such_option": 1}, given(feature))


@pytest.mark.parametrize("feature", FEATURES)
def test_a_unit_comes_after_the_files_it_is_started_from(feature: str) -> None:
    described = parts(feature)
    for number, part in enumerate(described):
        if isinstance(part, Unit):
            earlier = {each.path for each in described[:number] if isinstance(each, File | Setting)}
            assert {path for path in part.files if path.startswith("/etc") and "ca.json" not in path} <= earlier | set()
        if isinstance(part, Health):
            assert any(isinstance(each, Unit) and each.name == part.unit for each in described[:number])


@pytest.mark.parametrize("feature", FEATURES)
def test_the_model_knows_the_unit_that_a_certificate_may_reload(feature: str) -> None:
    needed: dict[str, Any] = {
        "vllm": {"model": "m", "served_name": "s"},
        "python_api_service": {"service": "orders", "command": ["x"]},
    }
    declared = FEATURES[feature].declared.model_validate({"name": feature, **needed.get(feature, {})})
    unit = FEATURES[feature].unit_of(declared)
    brought = {part.name for part in parts(feature) if isinstance(part, Unit)}
    # Docker would restart every container of its node
    assert {unit} - {None} == brought - {"docker"}


def test_a_template_serves_no_model() -> None:
    assert not [part for part in parts("vllm", model="") if isinstance(part, Unit | Health)]


def test_a_model_path_survives_quoting() -> None:
    unit = next(part for part in parts("llamacpp") if isinstance(part, Unit))
    assert unit.content is not None
    assert "--model '/models/it'\"'\"'s one.gguf'" in unit.content


def test_only_a_vm_waits_for_cloud_init() -> None:
    waits = {
        kind: [part for part in parts("base_setup", kind) if part.label == "cloud-init finished"] for kind in KINDS
    }
    assert not waits["lxc"]
    assert isinstance(waits["vm"][0], Script)
