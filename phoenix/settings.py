"""Stack configuration: what differs between environments, and the credentials.

Each setting comes from the Pulumi stack (`pulumi config set phoenix:proxmoxToken --secret ...`) or, where the
stack is silent, from the environment (`PHOENIX_PROXMOX_TOKEN`), which is how CI hands credentials over.
"""

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, SecretStr, ValidationError, field_validator

from phoenix.errors import PhoenixError
from phoenix.redaction import register


class SettingsError(PhoenixError):
    """A setting is missing or wrong; the message names the key, its environment variable and what is allowed."""


def environment_variable(key: str) -> str:
    """`proxmoxToken` -> `PHOENIX_PROXMOX_TOKEN`."""
    return "PHOENIX_" + re.sub(r"(?<!^)(?=[A-Z])", "_", key).upper()


def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)


@dataclass(frozen=True, eq=False)
class _Source:
    """Where settings came from; no part of what they are."""

    get: Callable[[str], str | None]
    environ: Mapping[str, str]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Source)

    __hash__ = None  # type: ignore[assignment]


class Settings(BaseModel):
    """The stack's settings, validated; secrets show as asterisks."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=_camel, populate_by_name=True)

    environment: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    proxmox_token: SecretStr
    proxmox_ca: Path
    ssh_key: Path
    known_hosts: Path
    portainer_admin_password: SecretStr
    agent_secret: SecretStr
    artifacts: Path | None = None
    registry_mirror: Annotated[str, Field(pattern=r"^https://")] | None = None
    protect: bool = True
    allow_reboot: bool = False
    renew_certificates: tuple[str, ...] = ()
    rotate_secrets: tuple[str, ...] = ()
    """Base names of secrets that are drawn on the node, and shall be drawn anew."""
    sops_age_key: SecretStr | None = None
    """The age identity that stacks' encrypted files are read with; when left out, SOPS looks for it itself."""
    take_over: str = ""
    """The ID of another stack's marker on the cluster, which this stack shall replace."""
    _source: "_Source" = PrivateAttr(default_factory=lambda: _Source(lambda _key: None, os.environ))

    @field_validator("proxmox_token")
    @classmethod
    def _token_form(cls, value: SecretStr) -> SecretStr:
        if not re.fullmatch(r"[^@!=\s]+@[^@!=\s]+![^@!=\s]+=\S+", value.get_secret_value()):
            raise ValueError("expected user@realm!tokenid=secret")
        return value

    @field_validator("portainer_admin_password")
    @classmethod
    def _password_length(cls, value: SecretStr) -> SecretStr:
        if len(value.get_secret_value()) < 12:
            raise ValueError("Portainer wants at least 12 characters")
        return value

    @field_validator("proxmox_ca", "ssh_key", "known_hosts", "artifacts")
    @classmethod
    def _existing_file(cls, value: Path | None) -> Path | None:
        if value is None:
            return None
        path = value.expanduser()
        if not path.is_file():
            raise ValueError(f"no such file: {path}")
        return path

    @field_validator("renew_certificates", "rotate_secrets", mode="before")
    @classmethod
    def _names(cls, value: object) -> object:
        return tuple(part for part in re.split(r"[,\s]+", value) if part) if isinstance(value, str) else value

    @classmethod
    def load(cls, get: Callable[[str], str | None], environ: Mapping[str, str] = os.environ) -> Self:
        """The settings from `get` (a Pulumi config's getter) and `environ`; registers the secrets for redaction.

        Raises SettingsError with every missing or wrong key at once.
        """
        given: dict[str, str] = {}
        for name in cls.model_fields:
            key = _camel(name)
            value = get(key)
            if value is None:
                value = environ.get(environment_variable(key))
            if value is not None:
                given[key] = value
        try:
            settings = cls.model_validate(given)
        except ValidationError as error:
            raise SettingsError(_explain(error)) from None
        for name in cls.model_fields:
            if isinstance(secret := getattr(settings, name), SecretStr):
                register(secret.get_secret_value())
        settings._source = _Source(get, environ)
        return settings

    def stack_secrets(self, keys: Iterable[str]) -> dict[str, str]:
        """As the function of this name, from where these settings came from."""
        return stack_secrets(keys, self._source.get, self._source.environ)


def stack_secrets(
    keys: Iterable[str], get: Callable[[str], str | None], environ: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """Values of the settings that stacks refer to, by key; registers them for redaction.

    Raises SettingsError with every missing one at once.
    """
    found: dict[str, str] = {}
    missing: list[str] = []
    for key in dict.fromkeys(keys):
        value = get(key)
        if value is None:
            value = environ.get(environment_variable(key))
        if value is None:
            missing.append(f"  phoenix:{key}: a stack needs it (set it with: {_how(key, secret=True)})")
        else:
            register(value)
            found[key] = value
    if missing:
        raise SettingsError("\n".join(["the stack's settings are not usable:", *missing]))
    return found


def _how(key: str, *, secret: bool = False) -> str:
    return f"pulumi config set phoenix:{key} {'--secret ' if secret else ''}... or {environment_variable(key)}"


def _explain(error: ValidationError) -> str:
    lines = ["the stack's settings are not usable:"]
    for problem in error.errors(include_input=False, include_url=False):
        key = str(problem["loc"][0])
        lines.append(f"  phoenix:{key}: {problem['msg']} (set it with: {_how(key)})")
    return "\n".join(lines)
