"""`Pulumi.NAME.yaml`: each is complete but for secrets and what is of one machine, and says so."""

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from phoenix import setting_keys
from phoenix.model import load
from phoenix.settings import Settings

ROOT = Path(__file__).parents[1]
FILES = sorted(ROOT.glob("Pulumi.*.yaml"))


def test_there_are_three() -> None:
    assert [path.name for path in FILES] == ["Pulumi.dev.yaml", "Pulumi.production.yaml", "Pulumi.testing.yaml"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_its_settings_exist_and_its_environment_loads(path: Path) -> None:
    given = YAML(typ="safe").load(path)["config"]
    cluster = load(ROOT / "config", ROOT / "stacks", given["phoenix:environment"])
    setting_keys.check(given, cluster)
    assert all(isinstance(value, str) for value in given.values()), "a secret"


@pytest.mark.parametrize("name", ["production", "testing"])
def test_what_it_leaves_to_others_it_names(name: str) -> None:
    text = (ROOT / f"Pulumi.{name}.yaml").read_text()
    named = set(re.findall(r"phoenix:(\w+)", text))
    required = {field.alias for field in Settings.model_fields.values() if field.is_required()}
    assert required <= named
    cluster = load(ROOT / "config", ROOT / "stacks", name)
    setting_keys.check([f"phoenix:{key}" for key in named], cluster)
