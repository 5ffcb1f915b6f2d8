"""The desired state of a container or a virtual machine, in the words a person writes."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from phoenix.providers.reconciler import Spec

Vmid = Annotated[int, Field(ge=100, le=999_999_999)]
OptionLine = Annotated[str, Field(pattern=r"^lxc\.[a-z0-9_.-]+\s*[:=]\s*\S")]


class TemplateSource(Spec):
    """Made from a template archive (container) or an imported image (VM): a volume, `local:vztmpl/x.tar.zst`."""

    kind: Literal["template"] = "template"
    volume: str

    def __str__(self) -> str:
        return self.volume


class CloneSource(Spec):
    """A full clone of another guest, of one of its snapshots where that is named."""

    kind: Literal["clone"] = "clone"
    vmid: Vmid
    snapshot: str | None = None

    def __str__(self) -> str:
        return f"guest {self.vmid}" + (f" at {self.snapshot}" if self.snapshot else "")


Source = Annotated[TemplateSource | CloneSource, Field(discriminator="kind")]


class Network(Spec):
    """The first interface; `address` is a CIDR (`10.0.0.12/24`) or `dhcp`; without `mac` the live one stays."""

    name: str = "eth0"
    bridge: str
    mac: Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$")] | None = None
    address: str
    gateway: str | None = None
    firewall: bool = False


class Mount(Spec):
    """A bind mount of `host_path`, or a volume of `size_gb` GiB on `storage`, at `container_path`."""

    container_path: Annotated[str, Field(pattern=r"^/[^,]+$")]
    host_path: Annotated[str, Field(pattern=r"^/[^,]+$")] | None = None
    storage: str | None = None
    size_gb: Annotated[int, Field(gt=0)] | None = None
    read_only: bool = False

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.host_path is None) == (self.storage is None) or (self.storage is None) != (self.size_gb is None):
            raise ValueError(f"mount {self.container_path}: give either host_path, or storage and size_gb")
        return self


class IdMap(Spec):
    """IDs of the container that are IDs of the host, instead of shifted by 100000."""

    type: Literal["uid", "gid"]
    container_id: Annotated[int, Field(ge=0, lt=65536)]
    host_id: Annotated[int, Field(ge=0)]
    size: Annotated[int, Field(gt=0)] = 1


class GuestSpec(Spec):
    """What containers and virtual machines have in common. `node` is the address, `node_name` the cluster's name.

    `source` matters only when the guest is made. `allow_reboot` lets a change that needs a restart do it.
    """

    node: str
    node_name: str
    api_port: int = 8006
    vmid: Vmid
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$")]
    source: Source
    storage: str
    disk_gb: Annotated[int, Field(gt=0)]
    cores: Annotated[int, Field(gt=0)]
    memory_mb: Annotated[int, Field(ge=16)]
    network: Network
    nameserver: str | None = None
    search_domain: str | None = None
    onboot: bool = False
    boot_order: int | None = None
    boot_delay: int | None = None
    tags: tuple[Annotated[str, Field(pattern=r"^[a-z0-9_][a-z0-9_+.-]*$")], ...] = ()
    description: str = ""
    protection: bool = False
    running: bool = True
    allow_reboot: bool = False

    def __str__(self) -> str:
        return f"guest {self.vmid} ({self.name})"


class LxcSpec(GuestSpec):
    """A container. `features` are Proxmox's (`nesting=1`), `options` raw `lxc.*` lines, `devices` host device paths."""

    swap_mb: Annotated[int, Field(ge=0)] = 512
    unprivileged: bool = True
    features: tuple[Annotated[str, Field(pattern=r"^[a-z_]+=[^,]+$")], ...] = ()
    mounts: tuple[Mount, ...] = ()
    id_maps: tuple[IdMap, ...] = ()
    options: tuple[OptionLine, ...] = ()
    devices: tuple[Annotated[str, Field(pattern=r"^/dev/")], ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        paths = [mount.container_path for mount in self.mounts]
        if len(set(paths)) != len(paths):
            raise ValueError("two mounts have the same container_path")
        if self.id_maps and not self.unprivileged:
            raise ValueError("id_maps need an unprivileged container")
        if any(line.startswith("lxc.idmap") for line in self.options):
            raise ValueError("write lxc.idmap lines as id_maps")
        return self


class VmSpec(GuestSpec):
    """A virtual machine with cloud-init: user, key, address, name server; `template` makes it one for good."""

    template: bool = False
    user: str | None = None
    ssh_public_key: str | None = None
    agent: bool = True

    @model_validator(mode="after")
    def _template_rests(self) -> Self:
        if self.template and self.running:
            raise ValueError("a template cannot run: running must be false")
        return self
