"""A snapshot of a guest."""

from typing import Annotated, Literal

from pydantic import Field

from phoenix.specs.spec import Spec
from phoenix.vocabulary.network import NodeAddress
from phoenix.vocabulary.numbers import Vmid


class SnapshotSpec(Spec):
    """`guest_kind` is what the guest is; `node` the address, `node_name` the cluster's name of its node."""

    node: NodeAddress
    node_name: str
    api_port: int = 8006
    guest_kind: Literal["lxc", "vm"] = "lxc"
    vmid: Vmid
    name: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{1,39}$")]
    description: str = ""

    def __str__(self) -> str:
        return f"snapshot {self.name} of guest {self.vmid}"

    @property
    def host(self) -> str:
        return self.node
