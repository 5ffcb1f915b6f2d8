"""Secret variables of stacks: by their setting's name towards the engine, by value towards the stack only."""

from pathlib import Path

import pytest

from phoenix.providers.stacks.variables import OTHER_VALUE, known, referred, resolved
from phoenix.settings import Settings, SettingsError
from phoenix.specs.stacks import FromSetting, Variables

VALUES = {"databasePassword": "not-for-the-state"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    file = tmp_path / "file"
    file.write_text("")
    given = {
        "environment": "testing",
        "proxmoxToken": "root@pam!a=b",
        "portainerAdminPassword": "a-password-of-portainer",
        "agentSecret": "of the agents",
        **dict.fromkeys(("proxmoxCa", "sshKey", "knownHosts"), str(file)),
    }
    return Settings.load((given | VALUES).get, {})


DESIRED: Variables = {"USER": "app", "PASSWORD": FromSetting(setting="databasePassword")}


def test_values_come_from_where_the_settings_came_from(settings: Settings) -> None:
    assert resolved(settings, DESIRED) == {"USER": "app", "PASSWORD": "not-for-the-state"}


def test_a_missing_setting_is_refused_but_does_not_blind(settings: Settings) -> None:
    gone: Variables = {**DESIRED, "TOKEN": FromSetting(setting="goneToken")}
    with pytest.raises(SettingsError, match="PHOENIX_GONE_TOKEN"):
        resolved(settings, gone)
    assert known(settings, gone) == {"USER": "app", "PASSWORD": "not-for-the-state"}


@pytest.mark.parametrize(
    ("live", "shown"),
    [
        ({"USER": "app", "PASSWORD": "not-for-the-state"}, DESIRED),
        ({"USER": "you", "PASSWORD": "old"}, {"USER": "you", "PASSWORD": FromSetting(setting=OTHER_VALUE)}),
        ({"USER": "app", "MORE": "x"}, {"USER": "app", "MORE": "x"}),
        ({}, {}),
    ],
)
def test_live_values_show_in_the_words_of_the_program(
    settings: Settings, live: dict[str, str], shown: dict[str, object]
) -> None:
    assert referred(live, DESIRED, settings) == shown
