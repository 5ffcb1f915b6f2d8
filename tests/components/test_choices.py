"""What settings decide over the plan: versions that tell of no value, and values that Docker would refuse."""

from pathlib import Path

import pytest

from components.choices import choices
from phoenix.errors import PhoenixError
from phoenix.settings import Settings, SettingsError, _Source
from tests.components import program


def given(folder: Path, **values: str) -> Settings:
    settings = program.settings(folder)
    settings._source = _Source(values.get, {})
    return settings


def test_a_version_changes_with_the_value_and_the_key_and_holds_neither(tmp_path: Path) -> None:
    first = choices(given(tmp_path, a="one", b="one", c="two"), {}, ("a", "b", "c")).setting_versions
    assert first["a"] == first["b"] != first["c"]
    other = given(tmp_path, a="one").model_copy(update={"agent_secret": program.settings(tmp_path).proxmox_token})
    assert choices(other, {}, ("a",)).setting_versions["a"] != first["a"]


@pytest.mark.parametrize("size", [1, 511_999])
def test_what_docker_takes_passes(tmp_path: Path, size: int) -> None:
    assert choices(given(tmp_path, a="x" * size), {}, ("a",)).setting_versions.keys() == {"a"}


@pytest.mark.parametrize("size", [0, 512_000])
def test_what_docker_would_refuse_is_told_before(tmp_path: Path, size: int) -> None:
    with pytest.raises(PhoenixError, match=f"phoenix:a has {size} bytes; Docker takes 1 to 511999"):
        choices(given(tmp_path, a="x" * size), {}, ("a",))


def test_a_missing_one_is_told_by_its_key(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="phoenix:a: a stack needs it"):
        choices(given(tmp_path), {}, ("a",))
