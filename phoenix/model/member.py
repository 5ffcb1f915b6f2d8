"""What a guest is in the cluster: its single role, its place in the Swarm and in Portainer."""

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from phoenix.model.base import Address, Model, Slug


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
    """The guest as a node of the Swarm."""

    role: SwarmRole
    labels: dict[Slug, str] = Field(default_factory=dict)
    advertise: Address | None = None
    """None: the guest's own address."""


class PortainerMember(Model):
    """The guest in Portainer: the server, or an environment that is reached through its agent."""

    role: PortainerRole
    environment: Slug | None = None
    """The environment's name, for an agent."""

    @model_validator(mode="after")
    def _an_agent_has_an_environment(self) -> Self:
        if (self.role is PortainerRole.AGENT) != (self.environment is not None):
            raise ValueError("an agent needs the name of its environment, and only an agent has one")
        return self
