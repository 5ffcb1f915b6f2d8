"""Docker stacks: a compose file, and what differs between environments."""

import re
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Discriminator, Field, StringConstraints, Tag, model_validator

from phoenix.model.base import Model
from phoenix.model.firewall import FirewallRule
from phoenix.vocabulary.files import AbsolutePath
from phoenix.vocabulary.names import SettingKey, Slug, StackName

VARIABLE = re.compile(r"\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<default>:?-[^}]*)?\}")
"""`${NAME}` or `${NAME:-default}` in a compose file or a label."""


class DeployedBy(StrEnum):
    """Who deploys the stack: the Swarm itself, or Portainer's API."""

    SWARM = "swarm"
    PORTAINER = "portainer"


class Variable(Model):
    """A variable of the compose file: a plain value, or the key of the setting that holds the secret."""

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
    """`NAME` of `${NAME}`."""
    value: str | None = None
    """A plain value, written as text."""
    secret: SettingKey | None = None
    """Key of the setting that holds the value: `databasePassword` is set as `phoenix:databasePassword`."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.value is None) == (self.secret is None):
            raise ValueError("give exactly one of value and secret (the key of a setting)")
        return self


class ConfigFile(Model):
    """A file of the stack's folder that becomes a Docker config, mounted into services of the stack."""

    source: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$")]
    """Path inside the stack's folder."""
    target: AbsolutePath
    """Path in the service's containers."""
    services: Annotated[tuple[Slug, ...], Field(min_length=1)]
    """Services of the compose file that mount it."""


_KEY = r"[^=\s]+"
LabelText = Annotated[str, StringConstraints(pattern=rf"^{_KEY}=")]
LabelKey = Annotated[str, StringConstraints(pattern=rf"^{_KEY}$")]


def label_text(value: object) -> str:
    """A label's value as Docker writes it: https://docs.docker.com/reference/compose-file/services/#labels"""
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _scalar(given: object) -> object:
    return given if isinstance(given, list | dict) else label_text(given)


LabelValue = Annotated[str, BeforeValidator(_scalar, json_schema_input_type=str | bool | int | float | None)]


def _form(given: object) -> str:
    return "mapping" if isinstance(given, dict) else "list"


Labels = Annotated[
    Annotated[tuple[LabelText, ...], Tag("list")] | Annotated[dict[LabelKey, LabelValue], Tag("mapping")],
    Discriminator(_form),
]


class StackService(Model):
    """What the product adds to one service of the compose file."""

    traefik_labels: Labels = ()
    """A list of `traefik.http.routers.x.rule=Host(...)`, or a mapping; values may contain `${VARIABLE}`."""

    @property
    def label_texts(self) -> tuple[tuple[str | int, str], ...]:
        """Each label as `key=value`, with the index or the key that it stands at."""
        if isinstance(self.traefik_labels, dict):
            return tuple((key, f"{key}={value}") for key, value in self.traefik_labels.items())
        return tuple(enumerate(self.traefik_labels))


class StackEnvironment(Model):
    """One environment of a stack."""

    variables: tuple[Variable, ...] = ()
    """What the compose file's and the labels' `${NAME}` stand for."""
    files: tuple[ConfigFile, ...] = ()
    """Files of the stack's folder that become Docker configs."""
    services: dict[Slug, StackService] = Field(default_factory=dict)
    """What is added to services of the compose file, by their names there."""
    firewall_rules: tuple[FirewallRule, ...] = ()
    """They join the firewall of the guest that the stack is listed by."""

    def expand(self, text: str) -> str:
        """`text` with the plain variables filled in, or their defaults; secrets and unknown names stay as they are."""
        given = {each.name: each.value for each in self.variables}

        def value(match: re.Match[str]) -> str:
            name, default = match["name"], match["default"]
            if name in given:
                return match[0] if (plain := given[name]) is None else plain
            return match[0] if default is None else default.lstrip(":").removeprefix("-")

        return VARIABLE.sub(value, text)

    def labels(self, service: str) -> dict[str, str]:
        """The service's Traefik labels with plain variables filled in."""
        texts = self.services[service].label_texts if service in self.services else ()
        return dict(self.expand(text).split("=", 1) for _, text in texts)


class StackManifest(Model):
    """`stack.yaml`."""

    description: str
    """What the stack is, for people."""
    deployed_by: DeployedBy = DeployedBy.PORTAINER
    """Who deploys it; Portainer itself can only be deployed by the Swarm."""
    environments: Annotated[dict[Slug, StackEnvironment], Field(min_length=1)]
    """What differs, by the name of the environment: `production`, `testing`, `development`."""


class Stack(StackManifest):
    """A stack as loaded: its folder's name, its manifest, its compose file, its config files."""

    name: StackName
    compose: dict[str, Any]
    """The parsed compose file, with the base names of secrets; the planner works on a copy."""
    contents: dict[str, str] = Field(default_factory=dict)
    """Text of every config file by its `source`."""

    @property
    def external_secrets(self) -> dict[str, str]:
        """Secrets of the compose file that exist outside it: key in the file -> base name."""
        secrets: dict[str, Any] = self.compose.get("secrets") or {}
        return {
            key: str(value.get("name", key))
            for key, value in secrets.items()
            if isinstance(value, dict) and value.get("external")
        }

    @property
    def host_directories(self) -> tuple[str, ...]:
        """Directories that the stack's local volumes are bound to: they must exist where its services run."""
        volumes: dict[str, Any] = self.compose.get("volumes") or {}
        options = [each.get("driver_opts") for each in volumes.values() if isinstance(each, dict)]
        bound = [each.get("device") for each in options if isinstance(each, dict) and each.get("o") == "bind"]
        return tuple(dict.fromkeys(str(each) for each in bound if each))
