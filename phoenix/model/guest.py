"""Guests: containers and virtual machines, and what each brings to the cluster."""

from enum import StrEnum
from ipaddress import IPv4Address
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import Field, StringConstraints, model_validator

from phoenix.features.feature import AnyFeature
from phoenix.model.base import (
    AbsolutePath,
    Address,
    Bool,
    FileMode,
    HostAddress,
    HostName,
    Model,
    NaturalInt,
    Port,
    PositiveInt,
    Slug,
    Vmid,
)
from phoenix.model.feature import Feature
from phoenix.model.firewall import GuestFirewall
from phoenix.model.hook import Hook
from phoenix.model.member import PortainerMember, Role, SwarmMember
from phoenix.model.stack import StackName

UNPRIVILEGED_BASE = 100_000
"""First host ID of an unprivileged container's users and groups (Proxmox' default in /etc/subuid)."""


class Scheme(StrEnum):
    HTTP = "http"
    HTTPS = "https"


class Source(Model):
    """What a guest is made from: exactly one of the three."""

    template: Annotated[str, StringConstraints(pattern=r"^[\w-]+:vztmpl/[^/\s]+$")] | None = None
    """A container template's volume: `store:vztmpl/file.tar.zst`."""
    image: Annotated[str, StringConstraints(pattern=r"^[\w-]+:import/[^/\s]+$")] | None = None
    """A cloud image's volume: `store:import/file.img`."""
    clone: Vmid | None = None
    """The VMID of the guest that this one is a full clone of."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if sum(value is not None for value in (self.template, self.image, self.clone)) != 1:
            raise ValueError("give exactly one of template, image and clone")
        return self


class Network(Model):
    """The guest's one network card."""

    address: HostAddress | Literal["dhcp"]
    gateway: Address | None = None
    bridge: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9._-]{0,14}$")]
    mac: Annotated[str, StringConstraints(pattern=r"^(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}$", to_upper=True)] | None = (
        None
    )
    """None keeps the one that Proxmox chose."""
    nameserver: Address | None = None


class Boot(Model):
    """Place in the node's start order, and how many seconds to wait after this guest."""

    order: NaturalInt
    delay: NaturalInt = 0


class TraefikService(Model):
    """A service of the guest under `<name>.<domain>`.

    Served with TLS through the gateway; with `direct` the name points to the guest itself and nothing routes it.
    """

    name: HostName
    port: Port
    scheme: Scheme = Scheme.HTTP
    direct: Bool = False


class BaseGuest(Model):
    """What containers and virtual machines have in common."""

    vmid: Vmid
    name: HostName
    source: Source
    cores: PositiveInt
    memory_mb: PositiveInt
    disk_gb: PositiveInt
    """Size of the root disk; it only ever grows."""
    storage: Slug
    network: Network
    template: Bool = False
    """Others are cloned from it, so that it stays stopped."""
    running: Bool = Field(default_factory=lambda data: not data.get("template", False))
    onboot: Bool = False
    boot: Boot | None = None
    tags: tuple[Annotated[str, StringConstraints(pattern=r"^[a-z0-9_][a-z0-9_.+-]*$")], ...] = ()
    protect: Bool | None = None
    """None: as the stack's setting says."""
    features: tuple[Feature, ...] = ()
    """In the order in which they are installed."""
    depends_on: tuple[Vmid, ...] = ()
    firewall: GuestFirewall = GuestFirewall()
    traefik_service: TraefikService | None = None
    roles: tuple[Role, ...] = ()
    hooks: tuple[Hook, ...] = ()

    @property
    def ip(self) -> IPv4Address | None:
        """The guest's address without its prefix; None with DHCP."""
        return None if self.network.address == "dhcp" else self.network.address.ip

    @property
    def address(self) -> str:
        """The guest's address as text; raises ValueError with DHCP, which no reachable guest uses."""
        if self.ip is None:
            raise ValueError(f"guest {self.vmid} ({self.name}) has no fixed address")
        return str(self.ip)

    @property
    def host_name(self) -> str:
        """The name under which DNS knows the guest, without the domain."""
        return self.name.lower()

    def has(self, feature: AnyFeature) -> bool:
        """Whether the guest lists the feature itself (not by way of its clone source)."""
        return any(each.name == feature.name for each in self.features)


class Mount(Model):
    """A bind mount of a node's directory. The owner is as seen inside the container."""

    host_path: AbsolutePath
    container_path: AbsolutePath
    owner_uid: NaturalInt = 0
    owner_gid: NaturalInt = 0
    mode: FileMode = "0755"


class Volume(Model):
    """A volume of its own on a Proxmox storage."""

    storage: Slug
    size_gb: PositiveInt
    container_path: AbsolutePath


class IdKind(StrEnum):
    UID = "uid"
    GID = "gid"


class IdMap(Model):
    """`size` IDs from `container_id` on are the node's IDs from `host_id` on."""

    type: IdKind
    container_id: NaturalInt
    host_id: NaturalInt
    size: PositiveInt


class LxcGuest(BaseGuest):
    """A container."""

    type: Literal["lxc"]
    swap_mb: NaturalInt = 512
    unprivileged: Bool = True
    nesting: Bool = True
    keyctl: Bool = False
    fuse: Bool = False
    mknod: Bool = False
    lxc_options: tuple[Annotated[str, StringConstraints(pattern=r"^lxc\.[a-z0-9_.]+: \S.*$")], ...] = ()
    """Raw lines of the container's configuration: `lxc.apparmor.profile: unconfined`."""
    id_maps: tuple[IdMap, ...] = ()
    mounts: tuple[Mount, ...] = ()
    volumes: tuple[Volume, ...] = ()
    gpus: tuple[NaturalInt, ...] = ()
    """Indices of the node's NVIDIA cards."""

    @model_validator(mode="after")
    def _source_of_a_container(self) -> Self:
        if self.source.image is not None:
            raise ValueError("a container comes from a template or a clone, not from a cloud image")
        return self

    def host_id(self, kind: IdKind, container_id: int) -> int:
        """The node's ID of a user or group of the container, by its ID maps."""
        if not self.unprivileged:
            return container_id
        for each in self.id_maps:
            if each.type is kind and each.container_id <= container_id < each.container_id + each.size:
                return each.host_id + container_id - each.container_id
        return UNPRIVILEGED_BASE + container_id


class NfsVolume(Model):
    """A directory that the VM mounts from an NFS server."""

    server: Address
    path: AbsolutePath
    mount_point: AbsolutePath


class CloudInit(Model):
    """What cloud-init sets up at the first boot."""

    user: Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_-]{0,31}$")]


class VmGuest(BaseGuest):
    """A virtual machine."""

    type: Literal["vm"]
    cloud_init: CloudInit
    nfs: tuple[NfsVolume, ...] = ()
    """The first one is the VM's persistent volume."""
    swarm: SwarmMember | None = None
    portainer: PortainerMember | None = None
    docker_stacks: tuple[StackName, ...] = ()

    @model_validator(mode="after")
    def _source_of_a_vm(self) -> Self:
        if self.source.template is not None:
            raise ValueError("a virtual machine comes from an image or a clone, not from a container template")
        return self

    @property
    def ssh_user(self) -> str:
        """Who logs in by SSH."""
        return self.cloud_init.user


Guest: TypeAlias = Annotated[LxcGuest | VmGuest, Field(discriminator="type")]
