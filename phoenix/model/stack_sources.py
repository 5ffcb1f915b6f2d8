"""Where secrets and configs of a stack come from that its compose file only names."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from phoenix.model.base import Model
from phoenix.vocabulary.names import ObjectName, SettingKey

StackFilePath = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$")
]
"""A path inside the stack's folder."""


class SecretSource(Model):
    """Where a Docker secret's value comes from: one of these."""

    setting: SettingKey | None = None
    """Key of the setting that holds it: `databasePassword` is set as `phoenix:databasePassword`."""
    file: StackFilePath | None = None
    """A file of the stack's folder that SOPS has encrypted; the secret holds what it decrypts to."""
    generate: Annotated[int, Field(strict=True, ge=16, le=1024)] | None = None
    """So many letters and digits, drawn once on the node and kept there."""
    external: ObjectName | None = None
    """The whole name of a secret of the Swarm that somebody else makes."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if len(self.model_dump(exclude_none=True)) != 1:
            raise ValueError("give exactly one of setting, file, generate and external")
        return self


class ConfigSource(Model):
    """Where a Docker config's content comes from: one of these."""

    setting: SettingKey | None = None
    """Key of the setting that holds it."""
    file: StackFilePath | None = None
    """A file of the stack's folder, as it is."""
    external: ObjectName | None = None
    """The whole name of a config of the Swarm that somebody else makes."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if len(self.model_dump(exclude_none=True)) != 1:
            raise ValueError("give exactly one of setting, file and external")
        return self
