"""Where commands run and files lie."""

from phoenix.model import Cluster, LxcGuest, VmGuest
from phoenix.specs.target import LxcTarget, NodeTarget, VmTarget


def node(cluster: Cluster) -> NodeTarget:
    """The node itself."""
    return NodeTarget(node=cluster.node.at)


def container(cluster: Cluster, guest: LxcGuest) -> LxcTarget:
    """Inside a container."""
    return LxcTarget(node=cluster.node.at, vmid=guest.vmid)


def machine(cluster: Cluster, guest: VmGuest) -> VmTarget:
    """Inside a virtual machine."""
    return VmTarget(node=cluster.node.at, vmid=guest.vmid, address=guest.address, user=guest.ssh_user)


def inside(cluster: Cluster, guest: LxcGuest | VmGuest) -> LxcTarget | VmTarget:
    """Inside a guest."""
    return container(cluster, guest) if isinstance(guest, LxcGuest) else machine(cluster, guest)
