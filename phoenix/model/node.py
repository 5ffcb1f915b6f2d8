"""The Proxmox node: where it answers, its LAN, and its one spelling of every path and storage."""

from ipaddress import IPv4Address, IPv4Network
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from phoenix.model.base import AbsolutePath, Address, HostAddress, HostName, Model, Port, Slug, Vmid
from phoenix.model.member import Role


class Paths(Model):
    """Directories on the node, each spelled in one way only."""

    lxc_persistent: AbsolutePath
    """One directory a container: `<lxc_persistent>/<vmid>`."""
    vm_persistent: AbsolutePath
    """One directory a VM, exported by NFS: `<vm_persistent>/<vmid>`."""
    stacks: AbsolutePath
    """The stacks' files, exported to the Swarm manager."""
    certificates: AbsolutePath
    """Source of truth of every certificate: `<certificates>/<name>/{cert.pem,key.pem}`."""


class Storages(Model):
    """Proxmox storage IDs."""

    lxc: Slug
    vm: Slug
    images: Slug
    """Container templates (`vztmpl`) and cloud images (`import`)."""


class Node(Model):
    """The Proxmox node that the cluster runs on."""

    name: HostName
    address: HostAddress
    gateway: Address
    bridge: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9._-]{0,14}$")]
    domain: HostName
    api_port: Port = 8006
    ssh_port: Port = 22
    ssh_user: str = "root"
    paths: Paths
    storages: Storages

    @property
    def ip(self) -> IPv4Address:
        """The node's address without its prefix."""
        return self.address.ip

    @property
    def lan(self) -> IPv4Network:
        """The network that every guest's address belongs to."""
        return self.address.network

    def fqdn(self, name: str) -> str:
        """`Step-CA` -> `step-ca.internal.example`; a name that already ends in the domain stays."""
        lower = name.lower()
        return lower if lower == self.domain or lower.endswith("." + self.domain) else f"{lower}.{self.domain}"


class DnsRecord(Model):
    """A static record; exactly one of `address`, `guest` and `role` says what the name points to."""

    name: HostName
    address: Address | None = None
    guest: Vmid | None = None
    role: Role | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if sum(value is not None for value in (self.address, self.guest, self.role)) != 1:
            raise ValueError("give exactly one of address, guest and role")
        return self


class Dns(Model):
    """The node's dnsmasq: who answers for the rest of the world, and names that no guest brings along."""

    upstreams: Annotated[tuple[Address, ...], Field(min_length=1)]
    records: tuple[DnsRecord, ...] = ()
