"""What containers and virtual machines have in common."""

from enum import StrEnum
from ipaddress import IPv4Address
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from phoenix.features.feature import AnyFeature
from phoenix.model.base import Model
from phoenix.model.document import Loc
from phoenix.model.feature import Feature
from phoenix.model.firewall import GuestFirewall
from phoenix.model.hook import Hook
from phoenix.model.member import Role
from phoenix.vocabulary.names import HostName, Slug
from phoenix.vocabulary.network import Address, HostAddress, InterfaceName, MacAddress
from phoenix.vocabulary.numbers import Bool, MemoryMb, NaturalInt, Port, PositiveInt, Vmid


class Scheme(StrEnum):
    HTTP = "http"
    HTTPS = "https"


class Source(Model):
    """What a guest is made from: exactly one of the three."""

    template: Annotated[str, StringConstraints(pattern=r"^([\w-]+:vztmpl/)?[^/:\s]+$")] | None = None
    """A container template: `store:vztmpl/file.tar.zst`, or the file alone where `storages.images` holds it."""
    image: Annotated[str, StringConstraints(pattern=r"^([\w-]+:import/)?[^/:\s]+$")] | None = None
    """A cloud image: `store:import/file.qcow2`, or the file alone where `storages.images` holds it."""
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
    """With its network's prefix, `10.0.0.10/24`, or `dhcp` for a template."""
    gateway: Address | None = None
    """None: no way out of the LAN."""
    bridge: InterfaceName | None = None
    """None: the node's."""
    mac: Annotated[MacAddress, StringConstraints(to_upper=True)] | None = None
    """None keeps the one that Proxmox chose."""
    nameserver: Address | None = None
    """None: the node."""


class Boot(Model):
    """Place in the node's start order, and how many seconds to wait after this guest."""

    order: NaturalInt
    """Lower starts earlier."""
    delay: NaturalInt | None = None
    """Seconds until the next guest starts; None: as it is."""


class TraefikService(Model):
    """A service of the guest under `<name>.<domain>`.

    Served with TLS through the gateway; with `direct` the name points to the guest itself and nothing routes it.
    """

    name: HostName
    """With or without the domain."""
    port: Port
    """Where the guest serves it."""
    scheme: Scheme = Scheme.HTTP
    """How the guest serves it."""
    direct: Bool = False
    """Whether the name leads to the guest itself, without the gateway."""
    rule: Annotated[str, StringConstraints(min_length=1)] | None = None
    """Traefik's rule for its requests, which names its host: ``Host(`name.domain`) && !Path(`/x`)``."""
    path_prefix: Annotated[str, StringConstraints(pattern=r"^/[^`\s]*$")] | None = None
    """Only requests whose path begins with it."""
    router: Slug | None = None
    """The name of its router and service in Traefik; None: after `name`. Two services under one name need two."""
    middlewares: dict[Slug, dict[str, Any]] = Field(default_factory=dict)
    """Traefik's middlewares that its requests pass, in this order, each in the words of Traefik's files."""

    @model_validator(mode="after")
    def _routed_once(self) -> Self:
        if self.rule is not None and self.path_prefix is not None:
            raise ValueError("give either rule or path_prefix")
        if self.direct and (self.rule is not None or self.path_prefix is not None or self.middlewares):
            raise ValueError("rule, path_prefix and middlewares are Traefik's: direct leads past it")
        return self

    @property
    def route(self) -> str:
        """Of its router and service in Traefik."""
        return self.router or self.name.replace(".", "-")


class BaseGuest(Model):
    """What containers and virtual machines have in common."""

    vmid: Vmid
    """Its number in Proxmox; it begins the file's name."""
    name: HostName
    """Its name in Proxmox and DNS; in small letters it ends the file's name."""
    source: Source
    """What it is made from, when it does not exist yet."""
    cores: PositiveInt
    """CPU cores."""
    memory_mb: MemoryMb
    """MiB."""
    disk_gb: PositiveInt
    """Size of the root disk; it only ever grows."""
    storage: Slug | None = None
    """Of the root disk; None: the node's `storages.lxc` or `storages.vm`."""
    network: Network
    """Its network card."""
    template: Bool = False
    """Others are cloned from it, so that it stays stopped."""
    running: Bool = Field(default_factory=lambda data: not data.get("template", False))
    """Whether it shall run; templates rest."""
    onboot: Bool | None = None
    """Whether the node starts it when it boots; None: as it is, and not for a new one."""
    boot: Boot | None = None
    """Its place in the node's start order; None: as it is."""
    description: str | None = None
    """Its notes in Proxmox; None: as they are."""
    tags: tuple[Annotated[str, StringConstraints(pattern=r"^[a-z0-9_][a-z0-9_.+-]*$")], ...] = ()
    """Its tags in Proxmox; others that it has there stay."""
    protect: Bool | None = None
    """Against deletion; None: as the stack's setting `protect` says."""
    allow_reboot: Bool | None = None
    """Whether a change that needs a restart may do it; None: as the stack's setting `allowReboot` says."""
    features: tuple[Feature, ...] = ()
    """In the order in which they are installed."""
    depends_on: tuple[Vmid, ...] = ()
    """VMIDs of guests that must be complete before it is made."""
    firewall: GuestFirewall = GuestFirewall()
    """Its own rules."""
    traefik_service: TraefikService | None = None
    """The service that it offers to the LAN."""
    traefik_services: tuple[TraefikService, ...] = ()
    """Further ones, each under a name of its own or for a part of one."""
    roles: tuple[Role, ...] = ()
    """What it is in the cluster; one guest holds each role."""
    hooks: tuple[Hook, ...] = ()
    """Commands of your own, after it was made or changed."""

    @property
    def services(self) -> tuple[tuple[Loc, TraefikService], ...]:
        """Every service that it offers, each with its place in the guest's file."""
        first = () if self.traefik_service is None else ((("traefik_service",), self.traefik_service),)
        return (*first, *((("traefik_services", index), each) for index, each in enumerate(self.traefik_services)))

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
