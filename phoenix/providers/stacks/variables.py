"""Variables of a stack's compose file with their values: a secret one goes by the name of its setting until here."""

from collections.abc import Mapping

from phoenix.redaction import register
from phoenix.settings import Settings, SettingsError
from phoenix.specs.stacks import FromSetting, Variables

OTHER_VALUE = "(another value)"


def resolved(settings: Settings, variables: Mapping[str, str | FromSetting]) -> dict[str, str]:
    """Each variable with its value; raises SettingsError for a setting that nobody gave."""
    given = settings.stack_secrets(each.setting for each in variables.values() if isinstance(each, FromSetting))
    found = {name: given[each.setting] if isinstance(each, FromSetting) else each for name, each in variables.items()}
    register(*found.values())
    return found


def known(settings: Settings, variables: Mapping[str, str | FromSetting]) -> dict[str, str]:
    """The values that can be told: what the last run recorded may name a setting that is gone."""
    found: dict[str, str] = {}
    for name, each in variables.items():
        try:
            found |= resolved(settings, {name: each})
        except SettingsError:
            continue
    return found


def referred(live: Mapping[str, str], desired: Mapping[str, str | FromSetting], settings: Settings) -> Variables:
    """The `live` values in the words of `desired`; of a secret that differs only that it does."""
    wanted = known(settings, desired)
    return {name: _referred(value, desired.get(name), wanted.get(name)) for name, value in live.items()}


def _referred(value: str, desired: str | FromSetting | None, wanted: str | None) -> str | FromSetting:
    if not isinstance(desired, FromSetting):
        return value
    return desired if value == wanted else FromSetting(setting=OTHER_VALUE)
