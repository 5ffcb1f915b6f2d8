"""Docker stacks: a compose file, and what differs between environments."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Discriminator, Field, StringConstraints, Tag, model_validator

from phoenix.model.base import Model
from phoenix.model.compose.file import COMPOSE_FILE
from phoenix.model.compose.filled import filled
from phoenix.model.compose.named_files import source
from phoenix.model.compose.variables import Filled, Given, VariableError, fill
from phoenix.model.firewall import FirewallRule
from phoenix.model.stack_sources import ConfigSource, SecretSource, StackFilePath
from phoenix.vocabulary.files import AbsolutePath
from phoenix.vocabulary.names import SettingKey, Slug, StackName
from phoenix.vocabulary.numbers import PositiveInt


class DeployedBy(StrEnum):
    """Who deploys the stack: the Swarm itself, or Portainer's API."""

    SWARM = "swarm"
    PORTAINER = "portainer"


class Placement(StrEnum):
    """Where a stack's replicated services run: on the guest that lists it, or wherever the Swarm likes."""

    PINNED = "pinned"
    SWARM = "swarm"


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

    source: StackFilePath
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
    secrets: dict[Slug, SecretSource] = Field(default_factory=dict)
    """Sources of secrets that the compose file declares without one, by their names there."""
    configs: dict[Slug, ConfigSource] = Field(default_factory=dict)
    """Sources of configs that the compose file declares without one, by their names there."""
    services: dict[Slug, StackService] = Field(default_factory=dict)
    """What is added to services of the compose file, by their names there."""
    firewall_rules: tuple[FirewallRule, ...] = ()
    """They join the firewall of the guest that the stack is listed by."""

    @property
    def settings(self) -> tuple[str, ...]:
        """Keys of the settings that it refers to, each once."""
        found = (
            *(each.secret for each in self.variables),
            *(each.setting for each in self.secrets.values()),
            *(each.setting for each in self.configs.values()),
        )
        return tuple(dict.fromkeys(key for key in found if key is not None))

    def config_path(self, key: str, declared: Any) -> str:
        """Path in the stack's folder of a config as declared in the compose file; empty where it is of no file."""
        if isinstance(declared, Mapping) and "file" in declared:
            return source(declared["file"])
        return self.configs[key].file or "" if key in self.configs else ""

    @property
    def given(self) -> Given:
        """The variables, a secret one without its value."""
        return {each.name: each.value for each in self.variables}

    def fill(self, text: str) -> Filled:
        """`text` with the variables filled in; raises VariableError."""
        return fill(text, self.given)

    def expand(self, text: str) -> str:
        """`text` with the plain variables filled in, or their defaults; secrets and unknown names stay as `${NAME}`.

        A text whose variables cannot be filled in stays as it is: the checks refuse it, with its line.
        """
        try:
            return self.fill(text).text
        except VariableError:
            return text

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
    placement: Placement | None = None
    """Where its services run; when left out, those with a volume, a folder or a port of their node run on the guest
    that lists the stack, others where the Swarm likes."""
    deploy_timeout: PositiveInt = 180
    """Seconds until all of it must run after a deployment; images of many GiB take longer."""
    environments: Annotated[dict[Slug, StackEnvironment], Field(min_length=1)]
    """What differs, by the name of the environment: `production`, `testing`, `development`."""


_OFF = ("false", "0", "f")  # to Go, which Docker asks


class Stack(StackManifest):
    """A stack as loaded: its folder's name, its manifest, its compose file, its config files."""

    name: StackName
    compose: dict[str, Any]
    """The parsed compose file, with the base names of secrets; the planner works on a copy."""
    contents: dict[str, str] = Field(default_factory=dict)
    """Text of every config file by its `source`."""
    encrypted: dict[str, str] = Field(default_factory=dict)
    """Text of every secret's file, which SOPS has encrypted, by its path."""

    def filled(self, environment: StackEnvironment) -> dict[str, Any]:
        """The compose file in one environment; raises VariableError."""
        found: dict[str, Any] = COMPOSE_FILE.given(filled(self.compose, environment.fill, lambda each: each.text))
        return found

    def config_files(self, environment: StackEnvironment) -> dict[str, str]:
        """Files that become Docker configs: the config's base name -> path in the stack's folder.

        Raises VariableError.
        """
        sources = [file.source for file in environment.files]
        found = {config_base(self.name, each): each for each in sources}
        return found | {
            config_base(self.name, path, (config or {}).get("name", "")): path
            for key, config in _section(self.filled(environment), "configs")
            if (path := environment.config_path(key, config))
        }

    def external_networks(self, environment: StackEnvironment) -> tuple[str, ...]:
        """Names of the networks that exist outside of the compose file."""
        networks = _section(self.filled(environment), "networks")
        return tuple(name for key, value in networks if (name := external_name(key, value)))

    @property
    def encrypts(self) -> bool:
        """Whether a network of its own has the overlay driver's option `encrypted`."""
        options = [each.get("driver_opts") for _, each in _section(self.compose, "networks") if each]
        return any("encrypted" in each and str(each["encrypted"]).lower() not in _OFF for each in options if each)


def config_base(stack: str, path: str, name: str = "") -> str:
    """The base name of the Docker config that a file of the stack becomes."""
    return name or f"{stack}-{''.join(each if each.isalnum() else '-' for each in path)}"


def external_name(key: str, value: Any) -> str:
    """The name that something external of a compose file has outside of it; empty where it is not external."""
    external = value.get("external") if isinstance(value, Mapping) else None
    inner = external.get("name") if isinstance(external, Mapping) else None
    return str(inner or value.get("name") or key) if external else ""


def is_bound(volume: Any) -> bool:
    """Whether a volume of a compose file is bound to a directory, given or not."""
    options = volume.get("driver_opts") if isinstance(volume, Mapping) else None
    return isinstance(options, Mapping) and "bind" in str(options.get("o", "")).split(",")


def bound_to(volume: Any) -> str:
    """The directory that a volume of a compose file is bound to; empty where it is another kind of volume."""
    return str(volume["driver_opts"].get("device") or "") if is_bound(volume) else ""


def deployed_name(stack: str, environment: str) -> str:
    """The deployed stack's name, `qdrant_service-production`: Portainer accepts lower case only."""
    return f"{stack}-{environment}".lower()


def _section(compose: Mapping[str, Any], name: str) -> list[tuple[str, Any]]:
    section = compose.get(name)
    return [*section.items()] if isinstance(section, Mapping) else []
