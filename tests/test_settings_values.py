"""Settings: from the stack or the environment, all mistakes at once, secrets never shown."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from phoenix import redaction
from phoenix.redaction import redact
from phoenix.settings import Settings, SettingsError, environment_variable, stack_secrets

TOKEN = "root@pam!phoenix=01234567-89ab"


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "_secrets", set())


@pytest.fixture
def good(tmp_path: Path) -> dict[str, str]:
    """Every key that is needed, with a value that is right."""
    for name in ("ca.pem", "key", "known_hosts", "artifacts.yaml"):
        (tmp_path / name).write_text("")
    return {
        "environment": "development",
        "proxmoxToken": TOKEN,
        "proxmoxCa": str(tmp_path / "ca.pem"),
        "sshKey": str(tmp_path / "key"),
        "knownHosts": str(tmp_path / "known_hosts"),
        "portainerAdminPassword": "correct horse battery",
        "agentSecret": "between-agents",
    }


def load(config: Mapping[str, str], environ: Mapping[str, str] | None = None) -> Settings:
    return Settings.load(config.get, environ or {})


NAMES = {
    "environment": "PHOENIX_ENVIRONMENT",
    "proxmoxToken": "PHOENIX_PROXMOX_TOKEN",
    "proxmoxCa": "PHOENIX_PROXMOX_CA",
    "sshKey": "PHOENIX_SSH_KEY",
    "knownHosts": "PHOENIX_KNOWN_HOSTS",
    "portainerAdminPassword": "PHOENIX_PORTAINER_ADMIN_PASSWORD",
    "agentSecret": "PHOENIX_AGENT_SECRET",
    "artifacts": "PHOENIX_ARTIFACTS",
    "registryMirror": "PHOENIX_REGISTRY_MIRROR",
    "protect": "PHOENIX_PROTECT",
    "allowReboot": "PHOENIX_ALLOW_REBOOT",
    "renewCertificates": "PHOENIX_RENEW_CERTIFICATES",
    "rotateSecrets": "PHOENIX_ROTATE_SECRETS",
    "sopsAgeKey": "PHOENIX_SOPS_AGE_KEY",
    "takeOver": "PHOENIX_TAKE_OVER",
}


@pytest.mark.parametrize(("key", "variable"), NAMES.items())
def test_every_keys_environment_variable(key: str, variable: str) -> None:
    assert environment_variable(key) == variable


def test_what_is_not_given_is_safe(good: dict[str, str]) -> None:
    settings = load(good)
    assert (settings.protect, settings.allow_reboot, settings.renew_certificates) == (True, False, ())
    assert (settings.artifacts, settings.registry_mirror) == (None, None)


def test_everything_may_come_from_the_environment(good: dict[str, str]) -> None:
    environ = {environment_variable(key): value for key, value in good.items()}
    assert load({}, environ) == load(good)


def test_the_stack_goes_before_the_environment(good: dict[str, str]) -> None:
    environ = {"PHOENIX_ENVIRONMENT": "production", "PHOENIX_PROTECT": "false"}
    settings = load(good, environ)
    assert (settings.environment, settings.protect) == ("development", False)


VALUES: list[tuple[str, str, Any]] = [
    ("protect", "false", False),
    ("protect", "true", True),
    ("allowReboot", "1", True),
    ("renewCertificates", "*", ("*",)),
    ("renewCertificates", "nginx, traefik  portainer", ("nginx", "traefik", "portainer")),
    ("renewCertificates", "", ()),
    ("rotateSecrets", "web_session, shop_session", ("web_session", "shop_session")),
    ("registryMirror", "https://mirror.example.org", "https://mirror.example.org"),
]


@pytest.mark.parametrize(("key", "given", "wanted"), VALUES)
def test_a_text_becomes_a_value(good: dict[str, str], key: str, given: str, wanted: Any) -> None:
    dumped = load({**good, key: given}).model_dump(by_alias=True)
    assert dumped[key] == wanted


def test_a_path_in_the_home_directory(good: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load({**good, "artifacts": "~/artifacts.yaml"}).artifacts == tmp_path / "artifacts.yaml"


WRONG: list[tuple[str, str, str]] = [
    ("environment", "Production!", "String should match pattern"),
    ("environment", "", "String should match pattern"),
    ("proxmoxToken", "root@pam", "expected user@realm!tokenid=secret"),
    ("proxmoxToken", "root!phoenix=hunter22", "expected user@realm!tokenid=secret"),
    ("proxmoxToken", "root@pam!phoenix=", "expected user@realm!tokenid=secret"),
    ("proxmoxToken", "root@pam!phoenix=two words", "expected user@realm!tokenid=secret"),
    ("proxmoxCa", "/nowhere/ca.pem", "no such file: /nowhere/ca.pem"),
    ("sshKey", "/nowhere/key", "no such file: /nowhere/key"),
    ("knownHosts", "/", "no such file: /"),
    ("artifacts", "/nowhere/a.yaml", "no such file: /nowhere/a.yaml"),
    ("portainerAdminPassword", "elevenchars", "Portainer wants at least 12 characters"),
    ("registryMirror", "http://mirror.example.org", "String should match pattern"),
    ("protect", "perhaps", "Input should be a valid boolean"),
    ("allowReboot", "perhaps", "Input should be a valid boolean"),
]


@pytest.mark.parametrize(("key", "value", "told"), WRONG)
def test_a_wrong_value_names_its_key_and_how_to_set_it(good: dict[str, str], key: str, value: str, told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load({**good, key: value})
    head, line = str(caught.value).splitlines()
    assert head == "the stack's settings are not usable:"
    assert line.startswith(f"  phoenix:{key}: ")
    assert told in line
    assert f"pulumi config set phoenix:{key} " in line
    assert environment_variable(key) in line


def test_a_wrong_secret_is_not_shown(good: dict[str, str]) -> None:
    for key in ("proxmoxToken", "portainerAdminPassword"):
        with pytest.raises(SettingsError) as caught:
            load({**good, key: "hunter22"})
        assert "hunter22" not in str(caught.value)


def test_everything_that_is_missing_is_told_at_once(good: dict[str, str]) -> None:
    with pytest.raises(SettingsError) as caught:
        load({})
    lines = str(caught.value).splitlines()[1:]
    assert [line.partition(":")[2].partition(":")[0] for line in lines] == list(good)
    assert all("Field required" in line for line in lines)


def test_secrets_are_neither_shown_nor_let_through(good: dict[str, str]) -> None:
    settings = load(good)
    secrets = [good[key] for key in ("proxmoxToken", "portainerAdminPassword", "agentSecret")]
    for text in (repr(settings), str(settings), settings.model_dump_json()):
        assert not [secret for secret in secrets if secret in text]
    assert redact(" ".join(secrets)) == "[secret] [secret] [secret]"


def test_a_setting_that_nobody_knows_is_refused(good: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="Extra inputs"):
        Settings.model_validate({**good, "proxmoxPassword": "x"})


def test_secrets_of_stacks_come_from_either_place() -> None:
    environ = {"PHOENIX_DATABASE_PASSWORD": "from-environment"}
    found = stack_secrets(["agentSecret", "databasePassword", "agentSecret"], {"agentSecret": "of-stack"}.get, environ)
    assert found == {"agentSecret": "of-stack", "databasePassword": "from-environment"}
    assert redact("of-stack from-environment") == "[secret] [secret]"


def test_missing_secrets_of_stacks_are_told_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        stack_secrets(["one", "two", "three"], {"two": "there"}.get, {})
    lines = str(caught.value).splitlines()
    assert lines[0] == "the stack's settings are not usable:"
    assert lines[1].startswith("  phoenix:one: a stack needs it (set it with: pulumi config set phoenix:one --secret")
    assert [line.split(":")[1] for line in lines[1:]] == ["one", "three"]


def test_no_stack_secret_is_nothing() -> None:
    assert stack_secrets([], dict[str, str]().get, {}) == {}
