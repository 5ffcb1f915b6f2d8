"""Where a command runs or a file lies: the node itself, one of its containers, or one of its VMs."""

from typing import Annotated, Literal

from pydantic import Field

from phoenix.specs.spec import Value
from phoenix.vocabulary.network import NodeAddress


class _Target(Value):
    node: NodeAddress
    """Address of the Proxmox VE node that is, or holds, the target."""


class NodeTarget(_Target):
    """The Proxmox VE node."""

    kind: Literal["host"] = "host"
    """The word of every state that exists."""

    def __str__(self) -> str:
        return f"node {self.node}"


class LxcTarget(_Target):
    """A container, entered with `pct exec` on its node."""

    kind: Literal["lxc"] = "lxc"
    vmid: int

    def __str__(self) -> str:
        return f"guest {self.vmid}"


class VmTarget(_Target):
    """A virtual machine, entered by its own SSH; its host key is learned through the guest agent."""

    kind: Literal["vm"] = "vm"
    vmid: int
    address: str
    user: str

    def __str__(self) -> str:
        return f"guest {self.vmid}"


Target = Annotated[NodeTarget | LxcTarget | VmTarget, Field(discriminator="kind")]

GuestTarget = Annotated[LxcTarget | VmTarget, Field(discriminator="kind")]
