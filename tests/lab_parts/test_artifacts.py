"""The list of artifacts names every file with its true checksum."""

import hashlib
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from lab.images.artifacts import MIRROR, Artifact, folder, wanted

NAMES = {"step-ca", "step-cli", "traefik", "nvidia", "vllm", "ollama", "llamacpp"}


def test_every_artifact_of_the_product_is_there_once() -> None:
    names = [artifact.name for artifact in wanted()]
    assert sorted(names) == sorted(NAMES)
    assert len({artifact.file for artifact in wanted()}) == len(names)


def test_the_listing_matches_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHOENIX_CACHE", str(tmp_path / "cache"))
    program = tmp_path / "program"
    program.write_bytes(bytes(70_000))
    program.chmod(0o755)
    made = folder([Artifact("tool", "0.10", "tool", lambda: program)])
    listing = YAML(typ="safe").load(made / "artifacts.yaml")
    checksum = hashlib.sha256(bytes(70_000)).hexdigest()
    assert listing == {
        "mirror": MIRROR,
        "artifacts": {"tool": {"version": "0.10", "file": "tool", "sha256": checksum}},
    }
    assert (made / "files" / "tool").stat().st_mode & 0o777 == 0o755
    program.write_bytes(bytes(70_001))
    assert folder([Artifact("tool", "0.10", "tool", lambda: program)]) != made
