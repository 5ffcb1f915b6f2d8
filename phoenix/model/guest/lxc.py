"""Containers: what they mount, whose IDs they have, which cards they see."""

from enum import StrEnum
from typing import Literal, Self

from pydantic import ValidationInfo, field_validator, model_validator

from phoenix.model.base import Model
from phoenix.model.guest.base import BaseGuest
from phoenix.model.guest.raw_line import RawLine
from phoenix.vocabulary.files import BelowRoot, FileMode, NodePath
from phoenix.vocabulary.names import Slug
from phoenix.vocabulary.numbers import Bool, ContainerId, NaturalInt, PositiveInt

UNPRIVILEGED_BASE = 100_000
"""First host ID of an unprivileged container's users and groups (Proxmox' default in /etc/subuid)."""


class Mount(Model):
    """A bind mount of a node's directory. The owner is as seen inside the container."""

    host_path: NodePath
    """On the node; a relative one lies below `<lxc_persistent>/<vmid>`."""
    container_path: BelowRoot
    """Where the container sees it."""
    owner_uid: NaturalInt = 0
    """The directory's user, as the container sees it."""
    owner_gid: NaturalInt = 0
    """The directory's group, as the container sees it."""
    mode: FileMode = "0755"
    """Of the directory."""
    read_only: Bool | None = None
    """Whether the container may only read there; None: as it is."""


class Volume(Model):
    """A volume of its own on a Proxmox storage."""

    storage: Slug
    """Proxmox storage ID."""
    size_gb: PositiveInt
    """GiB; it only ever grows."""
    container_path: BelowRoot
    """Where the container sees it."""
    read_only: Bool | None = None
    """Whether the container may only read there; None: as it is."""


class IdKind(StrEnum):
    UID = "uid"
    GID = "gid"


class IdMap(Model):
    """`size` IDs from `container_id` on are the node's IDs from `host_id` on."""

    type: IdKind
    """Users or groups."""
    container_id: ContainerId
    """The first ID in the container."""
    host_id: NaturalInt
    """The first ID on the node."""
    size: PositiveInt
    """How many IDs."""


class LxcGuest(BaseGuest):
    """A container."""

    type: Literal["lxc"]
    """A container."""
    swap_mb: NaturalInt | None = None
    """MiB; None: as it is, 512 for a new one."""
    unprivileged: Bool = True
    """Whether its root is nobody on the node; it cannot be changed later."""
    nesting: Bool | None = None
    """Whether systemd and containers may run in it; None: as it is, and they may in a new one."""
    keyctl: Bool | None = None
    """Whether it may use the kernel's key ring, as Docker does; None: as it is, and not in a new one."""
    fuse: Bool | None = None
    """Whether it may mount FUSE file systems; None: as it is, and not in a new one."""
    mknod: Bool | None = None
    """Whether it may make device files; None: as it is, and not in a new one."""
    lxc_options: tuple[RawLine, ...] = ()
    """Raw lines of the container's configuration: `lxc.apparmor.profile: unconfined`. Others that it has stay."""
    id_maps: tuple[IdMap, ...] = ()
    """IDs of the container that are the node's own; only of an unprivileged one."""
    mounts: tuple[Mount, ...] = ()
    """Directories of the node; others that are mounted stay."""
    volumes: tuple[Volume, ...] = ()
    """Volumes of its own."""
    gpus: tuple[NaturalInt, ...] = ()
    """Indices of the node's NVIDIA cards."""

    @field_validator("id_maps")
    @classmethod
    def _only_unprivileged(cls, value: tuple[IdMap, ...], info: ValidationInfo) -> tuple[IdMap, ...]:
        if value and not info.data.get("unprivileged", True):
            raise ValueError("id_maps need an unprivileged container; a privileged one has the node's IDs")
        return value

    @field_validator("lxc_options")
    @classmethod
    def _no_id_maps(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if any(line.startswith("lxc.idmap") for line in value):
            raise ValueError("lxc.idmap lines are written as id_maps")
        return value

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
