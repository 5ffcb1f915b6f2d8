"""The node's API as its parts see it: none of them knows the server that answers with it."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from fakepve import FakeCt, FakeVm

from lab.inside.disks import Disks
from lab.inside.runtime import Runtime


class NodeApi(Protocol):
    """fakepve's record of the node, its checks and its tasks, and what is behind the guests."""

    node: str
    nodes: dict[str, dict[str, Any]]
    cts: list[FakeCt]
    vms: list[FakeVm]
    storages: dict[str, dict[str, Any]]
    pools: dict[str, set[int]]
    pool_info: dict[str, dict[str, Any]]
    users: dict[str, str]
    apitokens: dict[str, str]
    disks: Disks
    runtime: Runtime

    def guest(self, vmid: int) -> FakeCt | FakeVm | None:
        """The guest with this id."""

    def find(self, node: str, vmid: int) -> FakeVm:
        """The VM on this node.

        :raises PveError: it is not there.
        """

    def grant(self, user: str, path: str, *privs: str) -> None:
        """Give a user privileges below a path."""

    def require(self, user: str, path: str, priv: str) -> None:
        """Check a user's privilege.

        :raises PveError: the user lacks it.
        """

    async def task(
        self, node: str, ttype: str, tid: int, user: str, body: Callable[[], Awaitable[Any]], vm: FakeVm | None = None
    ) -> str:
        """Start a task; returns its UPID."""

    def keep(self) -> None:
        """Store the state if it changed."""

    def firewall_state(self) -> dict[str, Any]:
        """The firewall configuration made through the API."""

    def restore_firewall(self, kept: dict[str, Any]) -> None:
        """Put a stored firewall configuration back."""

    # fakepve has no public names for these.

    def _volumes(self, name: str) -> dict[str, dict[str, Any]]:
        """Everything on a storage, by name."""

    def _qm_volume(self, volid: str) -> dict[str, Any] | None:
        """The record of a VM's volume."""

    def _check_lock(self, vm: FakeVm) -> None:
        """Refuse to touch a locked VM.

        :raises PveError: it is locked.
        """


def guests(pve: NodeApi) -> list[FakeCt | FakeVm]:
    """The containers, then the VMs."""
    return [*pve.cts, *pve.vms]
