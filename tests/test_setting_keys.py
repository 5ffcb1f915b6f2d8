"""A misspelt setting is an error, with the one that was probably meant."""

from pathlib import Path

import pytest

from phoenix import setting_keys
from phoenix.model import Cluster, load
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
