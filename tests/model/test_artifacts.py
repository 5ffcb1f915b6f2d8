"""Artifacts: the override wins, a mirror is a base address, and without a checksum nothing is used."""

from pathlib import Path

import pytest

from phoenix.features.registry import FEATURES
from phoenix.model import ConfigurationError
from phoenix.model.artifacts import resolve
from phoenix.specs.artifact import Artifact

CATALOGUE = Path(__file__).parents[2] / "config" / "artifacts.yaml"
SUM = "a" * 64


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "artifacts.yaml"
    path.write_text(text)
    return path


@pytest.mark.parametrize("mirror", ["http://10.0.0.13:8081", "http://10.0.0.13:8081/"])
def test_the_override_wins_over_the_catalogue(tmp_path: Path, mirror: str) -> None:
    override = written(
        tmp_path, f"mirror: {mirror}\nartifacts:\n  traefik: {{version: '3', file: traefik, sha256: {SUM}}}\n"
    )
    assert resolve(["traefik"], CATALOGUE, override) == {
        "traefik": Artifact(version="3", url="http://10.0.0.13:8081/traefik", sha256=SUM)
    }


def test_a_url_of_its_own_needs_no_mirror(tmp_path: Path) -> None:
    override = written(tmp_path, f"artifacts: {{x: {{version: '1', url: 'https://e.org/x', sha256: {SUM}}}}}")
    assert resolve(["x"], CATALOGUE, override)["x"].url == "https://e.org/x"


def test_without_a_checksum_it_is_refused_and_says_what_to_do() -> None:
    with pytest.raises(ConfigurationError) as refused:
        resolve(["traefik", "ollama"], CATALOGUE)
    said = str(refused.value)
    lines = CATALOGUE.read_text().splitlines()
    place = f"artifacts.yaml:{lines.index('  traefik:') + 1}: artifacts.traefik"
    assert f'{place}: got "3.6.2"; a sha256: without it the artifact is not used' in said
    assert 'artifacts.ollama: got "0.12.11"' in said
    assert "`artifacts` setting" in said


def listed(entry: str) -> str:
    return f"artifacts: {{x: {{version: '1', {entry}}}}}"


BAD = {
    "an unknown name": ("artifacts: {}", "nothing", "artifacts: an artifact nothing, which a guest's feature needs"),
    "a file without a mirror": (listed(f"file: x, sha256: {SUM}"), "x", "yaml:1: artifacts.x: .*a url, or a file"),
    "a checksum that is none": (listed("url: 'https://e.org/x', sha256: abc"), "x", 'artifacts.x.sha256: got "abc"'),
    "an unknown key": (listed("link: y"), "x", 'artifacts.x.link: got "y"; no such key; allowed are version, url,'),
    "no YAML": ("artifacts: [", "x", "artifacts.yaml"),
}


@pytest.mark.parametrize(("text", "name", "said"), BAD.values(), ids=BAD.keys())
def test_a_bad_list_is_refused(tmp_path: Path, text: str, name: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        resolve([name], CATALOGUE, written(tmp_path, text))


def test_a_missing_list_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="nowhere"):
        resolve(["x"], tmp_path / "nowhere.yaml")


def test_the_catalogue_has_every_artifact_that_features_need(tmp_path: Path) -> None:
    needed = {name for feature in FEATURES.values() for name in feature.artifacts}
    listed = "".join(f"  {name}: {{version: '1', file: f, sha256: {SUM}}}\n" for name in needed)
    everything = written(tmp_path, f"mirror: https://e.org\nartifacts:\n{listed}")
    assert resolve(needed, CATALOGUE, everything).keys() == needed
    for name in needed:
        with pytest.raises(ConfigurationError, match="a sha256: without it"):
            resolve([name], CATALOGUE)
