"""What the program itself needs in the state: whose cluster it is, where a stage begins, what must not be destroyed."""

from typing import Annotated

from pydantic import Field

from phoenix.specs.spec import Spec
from phoenix.vocabulary.network import NodeAddress

OWNER_PATH = "/etc/pve/phoenix.owner"
"""In the file system that Proxmox VE shares among the nodes of a cluster; owner and mode there are its own."""


class OwnerSpec(Spec):
    """`owner` is `organization/project/stack`; `id` is drawn at random when the stack first has this resource.

    The ID tells stacks of the same name in two states apart; the program never gives it.
    """

    node: NodeAddress
    owner: Annotated[str, Field(min_length=1)]
    id: str | None = None
    path: Annotated[str, Field(pattern=r"^/.")] = OWNER_PATH

    def __str__(self) -> str:
        return f"owner marker {self.path}"

    @property
    def host(self) -> str:
        return self.node


class GateSpec(Spec):
    """`stage` is the one that begins."""

    stage: str

    def __str__(self) -> str:
        return f"stage {self.stage}"

    @property
    def host(self) -> str:
        return "this machine"


class ProtectionSpec(Spec):
    """`protected` names what must not be deleted (`guest 103 step-ca`); `node` is what it belongs to."""

    node: NodeAddress
    protected: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "protection"

    @property
    def host(self) -> str:
        return self.node
