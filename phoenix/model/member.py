"""What a guest is in the cluster: its single role, its place in the Swarm and in Portainer."""

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from phoenix.model.base import Model
from phoenix.vocabulary.names import Slug
from phoenix.vocabulary.network import Address


class Role(StrEnum):
    """Roles that exactly one guest holds."""

    GATEWAY = "gateway"
    TRAEFIK = "traefik"
    CA = "ca"


class SwarmRole(StrEnum):
    MANAGER = "manager"
    WORKER = "worker"


class PortainerRole(StrEnum):
    PRIMARY = "primary"
    AGENT = "agent"


class SwarmMember(Model):
    """The guest as a member of the Swarm."""

    role: SwarmRole
    """What it does in the Swarm."""
    labels: dict[Slug, str] = Field(default_factory=dict)
    """Labels of the member, for stacks' placement; others stay."""
    advertise: Address | None = None
    """None: the guest's own address."""


class PortainerMember(Model):
    """The guest in Portainer: the server, or an environment that is reached through its agent."""

    role: PortainerRole
    """The server's guest, or one that an agent makes an environment of."""
    environment: Slug | None = None
    """The environment's name, for an agent."""

    @model_validator(mode="after")
    def _an_agent_has_an_environment(self) -> Self:
        if (self.role is PortainerRole.AGENT) != (self.environment is not None):
            raise ValueError("an agent needs the name of its environment, and only an agent has one")
        return self
