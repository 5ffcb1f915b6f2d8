"""The Proxmox node: where it answers, its LAN, and its one spelling of every path and storage."""

from ipaddress import IPv4Address, IPv4Network
from typing import Annotated, Self

from pydantic import Field, model_validator

from phoenix.model.base import Model
from phoenix.model.member import Role
from phoenix.vocabulary.files import BelowRoot, PlainPath, StacksPath
from phoenix.vocabulary.names import HostName, Slug
from phoenix.vocabulary.network import Address, HostAddress, InterfaceName, node_address
from phoenix.vocabulary.numbers import Port, Vmid


class Paths(Model):
    """Directories on the node, each spelled in one way only."""

    lxc_persistent: BelowRoot
    """One directory a container, `<lxc_persistent>/<vmid>`: where relative paths of its mounts begin."""
    vm_persistent: BelowRoot
    """One directory a VM, exported by NFS: `<vm_persistent>/<vmid>`."""
    stacks: StacksPath
    """The stacks' files, exported to the Swarm manager."""
    certificates: PlainPath
    """Source of truth of every certificate: `<certificates>/<name>/{cert.pem,key.pem}`."""
    secrets: PlainPath = "/var/lib/phoenix/secrets"
    """Values of the stacks' secrets that are drawn (`generate`), one file each."""

    def of_container(self, vmid: int, path: str) -> str:
        """A path of a container's mount as the node has it: a relative one lies in the container's own directory."""
        return path if path.startswith("/") else f"{self.lxc_persistent}/{vmid}/{path}"


class Storages(Model):
    """Proxmox storage IDs."""

    lxc: Slug
    """Root disks of containers that name no other."""
    vm: Slug
    """Disks of virtual machines that name no other."""
    images: Slug
    """Container templates (`vztmpl`) and cloud images (`import`) that are named by their file alone."""


class Node(Model):
    """The Proxmox node that the cluster runs on."""

    name: HostName
    """Its name in the Proxmox cluster."""
    address: HostAddress
    """Its address with its network's prefix: the LAN of every guest."""
    gateway: Address
    """Where the LAN leads out."""
    bridge: InterfaceName
    """The bridge of guests that name no other."""
    domain: HostName
    """The DNS domain that its name server is the authority of."""
    api_port: Port = 8006
    """Of the Proxmox API."""
    ssh_port: Port = 22
    """Of its SSH, where this program logs in as root."""
    paths: Paths
    """Directories on it."""
    storages: Storages
    """Its storages, for guests that name none."""

    @property
    def ip(self) -> IPv4Address:
        """The node's address without its prefix."""
        return self.address.ip

    @property
    def at(self) -> str:
        """Where providers reach it: its address, and the port of its SSH where that is another one (NodeAddress)."""
        return node_address(str(self.ip), self.ssh_port)

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
    """With or without the domain."""
    address: Address | None = None
    """Points to this address."""
    guest: Vmid | None = None
    """Points to the guest with this VMID."""
    role: Role | None = None
    """Points to the guest that holds this role."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if sum(value is not None for value in (self.address, self.guest, self.role)) != 1:
            raise ValueError("give exactly one of address, guest and role")
        return self


class Dns(Model):
    """The node's dnsmasq: who answers for the rest of the world, and names that no guest brings along."""

    upstreams: Annotated[tuple[Address, ...], Field(min_length=1)]
    """Name servers that are asked about the rest of the world."""
    records: tuple[DnsRecord, ...] = ()
    """Names beyond those of guests, services and stacks."""
