"""Virtual machines: their first user, their shares, their place in the Swarm and in Portainer."""

from typing import Annotated, Literal, Self

from pydantic import Discriminator, Field, StringConstraints, Tag, ValidationInfo, field_validator, model_validator

from phoenix.model.base import Model
from phoenix.model.guest.base import BaseGuest
from phoenix.model.member import PortainerMember, SwarmMember
from phoenix.vocabulary.files import PlainPath
from phoenix.vocabulary.names import Slug, StackName
from phoenix.vocabulary.network import Address


class NfsVolume(Model):
    """A directory that the VM mounts from an NFS server."""

    server: Address
    """Address of the NFS server."""
    path: PlainPath
    """Path that it exports."""
    mount_point: PlainPath
    """Where the VM mounts it."""


class CloudInit(Model):
    """What cloud-init sets up at the first boot."""

    user: Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_-]{0,31}$")]
    """Who logs in by SSH, and may become root."""


class StackInEnvironments(Model):
    """A stack in the environments that are named, side by side in one Swarm."""

    stack: StackName
    """The folder in `stacks/`."""
    environments: Annotated[tuple[Slug, ...], Field(min_length=1)]
    """Those of its `stack.yaml` that are deployed, each with its own variables, routes, rules and secrets."""


def _form(given: object) -> str:
    return "map" if isinstance(given, dict | StackInEnvironments) else "name"


ListedStack = Annotated[
    Annotated[StackName, Tag("name")] | Annotated[StackInEnvironments, Tag("map")], Discriminator(_form)
]


class VmGuest(BaseGuest):
    """A virtual machine."""

    type: Literal["vm"]
    """A virtual machine."""
    cloud_init: CloudInit
    """Its first user."""
    nfs: tuple[NfsVolume, ...] = ()
    """The first one is the VM's persistent volume."""
    swarm: SwarmMember | None = None
    """Its place in the Docker Swarm."""
    portainer: PortainerMember | None = None
    """Its part in Portainer."""
    docker_stacks: tuple[ListedStack, ...] = ()
    """Stacks that are placed on it: in the environment of the run, or in those that are named."""

    @field_validator("running")
    @classmethod
    def _template_rests(cls, value: bool, info: ValidationInfo) -> bool:
        if value and info.data.get("template"):
            raise ValueError("a template cannot run")
        return value

    @model_validator(mode="after")
    def _source_of_a_vm(self) -> Self:
        if self.source.template is not None:
            raise ValueError("a virtual machine comes from an image or a clone, not from a container template")
        return self

    @property
    def environment_name(self) -> str | None:
        """The name of its environment in Portainer, for a guest with an agent."""
        return self.portainer.environment if self.portainer else None

    @property
    def ssh_user(self) -> str:
        """Who logs in by SSH."""
        return self.cloud_init.user
