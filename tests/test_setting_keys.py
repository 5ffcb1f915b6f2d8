"""A misspelt setting is an error, with the one that was probably meant."""

from pathlib import Path

import pytest

from phoenix import setting_keys
from phoenix.model import Cluster, load
from phoenix.model.stack_sources import ConfigSource, SecretSource
from phoenix.settings import SettingsError

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def cluster() -> Cluster:
    return load(ROOT / "config", ROOT / "stacks", "development")


def test_every_setting_a_stacks_secret_and_other_namespaces_pass(cluster: Cluster) -> None:
    known = ("proxmoxToken", "allowReboot", "renewCertificates", "databasePassword", "agentSecret")
    setting_keys.check([*(f"phoenix:{key}" for key in known), "aws:region"], cluster)


@pytest.mark.parametrize("asked", [(), ("*",), ("nginx", "traefik-client")])
def test_certificates_of_the_manifest_may_be_renewed(cluster: Cluster, asked: tuple[str, ...]) -> None:
    setting_keys.check_renewals(asked, cluster)


def test_a_certificate_that_nobody_has_is_not_renewed_silently(cluster: Cluster) -> None:
    with pytest.raises(SettingsError) as refused:
        setting_keys.check_renewals(("ngnix", "traefik", "xyzzy"), cluster)
    lines = str(refused.value).splitlines()[1:]
    assert lines[0] == "  phoenix:renewCertificates: no certificate ngnix; did you mean nginx?"
    assert lines[1].startswith("  phoenix:renewCertificates: no certificate xyzzy; allowed are nginx, portainer, ")
    assert len(lines) == 2


def test_all_unknown_ones_are_named_with_what_is_allowed(cluster: Cluster) -> None:
    with pytest.raises(SettingsError) as refused:
        setting_keys.check(["phoenix:protekt", "phoenix:xyzzy", "phoenix:proxmox_token"], cluster)
    lines = str(refused.value).splitlines()
    assert lines[1] == "  phoenix:protekt: unknown setting; did you mean phoenix:protect?"
    assert lines[2] == "  phoenix:proxmox_token: unknown setting; did you mean phoenix:proxmoxToken?"
    assert lines[3].startswith("  phoenix:xyzzy: unknown setting; allowed are agentSecret, ")
    assert len(lines) == 4


def test_settings_of_secrets_and_configs_pass(cluster: Cluster) -> None:
    stack = cluster.stack("qdrant_service")
    sources = {
        "secrets": {"a": SecretSource(setting="onePassword")},
        "configs": {"b": ConfigSource(setting="someText")},
    }
    environments = {name: each.model_copy(update=sources) for name, each in stack.environments.items()}
    changed = stack.model_copy(update={"environments": environments})
    more = cluster.model_copy(update={"stacks": (changed,)})
    setting_keys.check(["phoenix:onePassword", "phoenix:someText", "phoenix:rotateSecrets", "phoenix:sopsAgeKey"], more)
    with pytest.raises(SettingsError, match="onePassword"):
        setting_keys.check(["phoenix:onePassword"], cluster)


@pytest.mark.parametrize("asked", [(), ("*",), ("web_session",)])
def test_drawn_secrets_may_be_rotated(asked: tuple[str, ...]) -> None:
    setting_keys.check_rotations(asked, ("web_session", "shop_session"))


def test_a_secret_that_is_not_drawn_is_not_rotated_silently() -> None:
    with pytest.raises(SettingsError, match=r"no generated secret web_sesion; did you mean web_session\?"):
        setting_keys.check_rotations(("web_sesion",), ("web_session",))
    with pytest.raises(SettingsError, match="no generated secret x; allowed are none"):
        setting_keys.check_rotations(("x",), ())
