"""Docker stacks: a compose file, and what differs between environments."""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import Field, StringConstraints, model_validator

from phoenix.model.base import Model
from phoenix.model.firewall import FirewallRule
from phoenix.model.traefik_labels import RULE, hosts
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


Label = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]+=.+$")]


class StackService(Model):
    """What the product adds to one service of the compose file."""

    traefik_labels: tuple[Label, ...] = ()
    """`traefik.http.routers.x.rule=Host(...)`; may contain `${VARIABLE}`."""


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
        labels = self.services[service].traefik_labels if service in self.services else ()
        return dict(self.expand(label).split("=", 1) for label in labels)

    @property
    def host_names(self) -> tuple[str, ...]:
        """Every host name that the labels' rules ask for, in their order, each once."""
        return tuple(dict.fromkeys(host for _, _, host in self.host_labels()))

    def host_labels(self) -> Iterator[tuple[str, int, str]]:
        """Service, index of the label, and host name, for every host name that a rule asks for."""
        for name, service in self.services.items():
            for index, label in enumerate(service.traefik_labels):
                key, _, rule = self.expand(label).partition("=")
                if RULE.fullmatch(key):
                    yield from ((name, index, host) for host in _hosts(rule))

    def hosts_of(self, service: str) -> tuple[str, ...]:
        """Every host name that one service's labels ask for, in their order, each once."""
        return tuple(dict.fromkeys(host for name, _, host in self.host_labels() if name == service))


def _hosts(rule: str) -> tuple[str, ...]:
    try:
        return hosts(rule)
    except ValueError:
        # the checks refuse it, with its line
        return ()


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
