"""The desired state of a container or a virtual machine, in the words a person writes."""

from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from phoenix.specs.spec import Spec, Value
from phoenix.vocabulary.names import HostName
from phoenix.vocabulary.network import MacAddress, NodeAddress
from phoenix.vocabulary.numbers import Bool, ContainerId, MemoryMb, NaturalInt, PositiveInt, Vmid


@dataclass(frozen=True)
class Key:
    """Marks a field that is, as it stands, one key of Proxmox's configuration: a number, a switch or a text.

    Such a field needs nothing more than its line here: the plan takes it from the guest's field of the same name, and
    the provider reads it, shows its drift and sets it. None leaves the key as it is.
    """

    name: str


class TemplateSource(Value):
    """Made from a template archive (container) or an imported image (VM): a volume, `local:vztmpl/x.tar.zst`."""

    kind: Literal["template"] = "template"
    volume: str

    def __str__(self) -> str:
        return self.volume


class CloneSource(Value):
    """A full clone of another guest."""

    kind: Literal["clone"] = "clone"
    vmid: Vmid

    def __str__(self) -> str:
        return f"guest {self.vmid}"


Source = Annotated[TemplateSource | CloneSource, Field(discriminator="kind")]


class Network(Value):
    """The first interface; `address` is a CIDR (`10.0.0.12/24`) or `dhcp`; a `mac` or `firewall` of None stays."""

    name: str = "eth0"
    bridge: str
    mac: MacAddress | None = None
    address: str
    gateway: str | None = None
    firewall: Bool | None = None


class Mount(Value):
    """A bind mount of `host_path`, or a volume of `size_gb` GiB on `storage`, at `container_path`.

    With `read_only` None it stays writable or not, as it is.
    """

    container_path: Annotated[str, Field(pattern=r"^/[^,]+$")]
    host_path: Annotated[str, Field(pattern=r"^/[^,]+$")] | None = None
    storage: str | None = None
    size_gb: PositiveInt | None = None
    read_only: Bool | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.host_path is None) == (self.storage is None) or (self.storage is None) != (self.size_gb is None):
            raise ValueError(f"mount {self.container_path}: give either host_path, or storage and size_gb")
        return self


class IdMap(Value):
    """IDs of the container that are IDs of the node, instead of shifted by 100000."""

    type: Literal["uid", "gid"]
    container_id: ContainerId
    host_id: NaturalInt
    size: PositiveInt = 1


class GuestSpec(Spec):
    """What containers and virtual machines have in common. `node` is the address, `node_name` the cluster's name.

    `source` matters only when the guest is made. `allow_reboot` lets a change that needs a restart do it. What is None
    is not managed: it stays as it is. Of `tags`, only those named here are: others are somebody else's.
    """

    node: NodeAddress
    node_name: str
    api_port: int = 8006
    vmid: Vmid
    name: HostName
    source: Source
    storage: str
    disk_gb: PositiveInt
    cores: Annotated[PositiveInt, Key("cores")]
    memory_mb: Annotated[MemoryMb, Key("memory")]
    network: Network
    nameserver: Annotated[str | None, Key("nameserver")] = None
    search_domain: Annotated[str | None, Key("searchdomain")] = None
    onboot: Annotated[Bool | None, Key("onboot")] = None
    boot_order: int | None = None
    boot_delay: int | None = None
    tags: tuple[str, ...] = ()
    description: str | None = None
    protection: Bool = False
    running: Bool = True
    allow_reboot: Bool = False

    def __str__(self) -> str:
        return f"guest {self.vmid} ({self.name})"

    @property
    def host(self) -> str:
        return self.node


class LxcSpec(GuestSpec):
    """A container. `features` are Proxmox's (`nesting=1`), `options` raw `lxc.*` lines, `devices` the node's.

    Each is one of several: what the container has beside those named here stays, as its other mounts do.
    """

    swap_mb: Annotated[NaturalInt | None, Key("swap")] = None
    unprivileged: Bool = True
    features: tuple[str, ...] = ()
    mounts: tuple[Mount, ...] = ()
    id_maps: tuple[IdMap, ...] = ()
    options: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()


class VmSpec(GuestSpec):
    """A virtual machine with cloud-init: user, key, address, name server; `template` makes it one for good."""

    template: Bool = False
    user: str | None = None
    ssh_public_key: str | None = None
    agent: Bool = True


def keyed(spec: type[GuestSpec]) -> dict[str, str]:
    """Field -> key, of every field that is one key of Proxmox's configuration."""
    marks = ((name, mark) for name, field in spec.model_fields.items() for mark in field.metadata)
    return {name: mark.name for name, mark in marks if isinstance(mark, Key)}
