"""Secrets and configs that a stack's manifest has the sources of: what the Swarm gets, and what names it."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from phoenix.model import Cluster, ConfigurationError, load
from phoenix.plan import compose, secrets
from phoenix.plan.choices import Choices
from phoenix.plan.cluster import ClusterPlan, plan
from phoenix.specs.swarm import (
    ExternalObjectSpec,
    FileSecretSpec,
    GeneratedSecretSpec,
    SettingConfigSpec,
    SettingSecretSpec,
)
from tests.plan.reference import ROOT

COMPOSE = """
services:
  qdrant:
    image: qdrant/qdrant:latest
    secrets: [password, {source: key, target: tls.key, mode: 0400}, drawn, theirs, old, shared]
    configs: [text, theirs, file]
secrets:
  password:
  key: {}
  drawn: {name: "${DRAWN}"}
  theirs: {}
  old: {external: {name: old-form}}
  shared: {external: {name: portainer_tls_key}}
configs:
  text: {name: own-text}
  theirs:
  file: {name: own-file}
"""
MANIFEST = """
description: One of each.
environments:
  production: &all
    variables: [{name: DRAWN, value: drawn-here}]
    secrets:
      password: {setting: qdrantPassword}
      key: {file: secrets/tls.key}
      drawn: {generate: 40}
      theirs: {external: made-by-hand}
      old: {external: old-form}
    configs:
      text: {setting: qdrantText}
      theirs: {external: made-by-hand}
      file: {file: own.txt}
  testing: *all
"""
SEALED = '{"data": "ENC[x]",\n"sops": {"mac": "ENC[x]"}}\n'
CHOICES = Choices(
    setting_versions={"qdrantPassword": "aaaaaaaaaaaa", "qdrantText": "bbbbbbbbbbbb"},
    file_versions={"qdrant_service/secrets/tls.key": "cccccccccccc"},
)
BASE = "qdrant_service-production"


def stacks(folder: Path, manifest: str = MANIFEST) -> Path:
    """The reference's stacks, with one of each in qdrant's."""
    shutil.copytree(ROOT / "stacks", folder / "stacks")
    own = folder / "stacks" / "qdrant_service"
    (own / "secrets").mkdir()
    for name, text in (
        *(("compose.yaml", COMPOSE), ("stack.yaml", manifest)),
        *(("own.txt", "own\n"), ("secrets/tls.key", SEALED)),
    ):
        (own / name).write_text(text, encoding="utf-8")
    return folder / "stacks"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Cluster:
    return load(ROOT / "config", stacks(tmp_path_factory.mktemp("secrets")), "production")


@pytest.fixture(scope="module")
def planned(cluster: Cluster) -> ClusterPlan:
    return plan(cluster, CHOICES)


def test_each_becomes_a_resource_by_its_name_in_the_swarm(planned: ClusterPlan) -> None:
    found = planned.distribution.of_stacks
    shown = {base: (type(each), getattr(each, "name", "")) for base, each in found.secrets.items()}
    assert shown == {
        f"{BASE}_password": (SettingSecretSpec, f"{BASE}_password-aaaaaaaaaaaa"),
        f"{BASE}_key": (FileSecretSpec, f"{BASE}_key-cccccccccccc"),
        "drawn-here": (GeneratedSecretSpec, ""),
        "made-by-hand": (ExternalObjectSpec, "made-by-hand"),
        "old-form": (ExternalObjectSpec, "old-form"),
    }
    drawn = found.secrets["drawn-here"]
    assert isinstance(drawn, GeneratedSecretSpec)
    assert (drawn.path, drawn.length) == ("/var/lib/phoenix/secrets/drawn-here", 40)
    assert {base: (type(each), each.name) for base, each in found.configs.items()} == {
        "own-text": (SettingConfigSpec, "own-text-bbbbbbbbbbbb"),
        "made-by-hand": (ExternalObjectSpec, "made-by-hand"),
    }
    assert planned.distribution.configs["own-file"].content == "own\n"


def test_the_compose_file_names_what_exists(planned: ClusterPlan) -> None:
    deployed = planned.services.by_portainer["qdrant_service"]
    text = deployed.compose(
        {key: f"{base}-1" for key, base in deployed.secrets.items()},
        {key: f"{base}-2" for key, base in deployed.named_configs.items()},
    )
    document: dict[str, Any] = YAML(typ="safe").load(text)
    assert document["secrets"] == {
        key: {"external": True, "name": f"{base}-1"}
        for key, base in {
            "password": f"{BASE}_password",
            "key": f"{BASE}_key",
            "drawn": "drawn-here",
            "theirs": "made-by-hand",
            "old": "old-form",
            "shared": "portainer_tls_key",
        }.items()
    }
    own = planned.distribution.configs["own-file"].name
    assert {key: each["name"] for key, each in document["configs"].items()} == {
        "text": "own-text-2",
        "theirs": "made-by-hand-2",
        "file": own,
    }
    assert document["services"]["qdrant"]["secrets"][1] == {"source": "key", "target": "tls.key", "mode": 0o400}


def test_a_changed_setting_is_another_name_for_its_users_alone(cluster: Cluster, planned: ClusterPlan) -> None:
    versions = {**CHOICES.setting_versions, "qdrantPassword": "dddddddddddd"}
    other = plan(cluster, replace(CHOICES, setting_versions=versions)).distribution.of_stacks
    before = planned.distribution.of_stacks
    assert [base for base, each in other.secrets.items() if each != before.secrets[base]] == [f"{BASE}_password"]
    assert other.configs == before.configs


def test_what_the_plan_asks_for_is_known_ahead(cluster: Cluster) -> None:
    assert secrets.settings(cluster) == ("qdrantPassword", "qdrantText")
    assert set(compose.secret_settings(cluster)) == {
        *("agentSecret", "databasePassword", "qdrantPassword", "qdrantText")
    }
    assert secrets.encrypted(cluster) == ("qdrant_service/secrets/tls.key",)
    assert secrets.generated(cluster) == ("drawn-here",)


def test_no_file_of_secrets_is_laid_onto_the_shared_path(planned: ClusterPlan) -> None:
    files = planned.infrastructure.stack_files["qdrant_service"].files
    assert set(files) == {"compose.yaml", "own.txt"}


def test_environments_beside_each_other_have_secrets_of_their_own(tmp_path: Path) -> None:
    config = tmp_path / "config"
    shutil.copytree(ROOT / "config", config)
    guest = config / "guests" / "1002-drphoenix.yaml"
    both = "{stack: qdrant_service, environments: [production, testing]}, thinkheads_ai_app"
    guest.write_text(guest.read_text().replace("[qdrant_service, thinkheads_ai_app]", f"[{both}]"))
    text = MANIFEST.replace("production: &all", "production:").replace("testing: *all", "")
    again = text.split("  production:\n", 1)[1].replace("qdrantPassword", "testingPassword").replace("40", "48")
    with pytest.raises(ConfigurationError) as refused:
        load(config, stacks(tmp_path, f"{text.rstrip()}\n  testing:\n{again}"), "production")
    told = str(refused.value)
    # what is called by the file itself is one thing for both; the password is named after its environment
    assert "drawn-here of something else" in told
    assert "_password of something else" not in told
