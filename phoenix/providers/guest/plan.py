"""From a guest's live state to the desired one: a pure plan that never replaces the guest."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from phoenix.errors import OperationError
from phoenix.providers.guest.spec import GuestSpec, LxcSpec, Mount, VmSpec


@dataclass(frozen=True)
class Create:
    """Makes the guest, stopped, with its name and disk."""

    source: str

    def __str__(self) -> str:
        return f"create it from {self.source}"


@dataclass(frozen=True)
class Adjust:
    """Plans anew for what was just made, because only then its inherited configuration is known."""

    def __str__(self) -> str:
        return "adjust what was made"


@dataclass(frozen=True)
class SetConfig:
    """Sets the configuration keys of these fields."""

    fields: tuple[str, ...]

    def __str__(self) -> str:
        return f"set {', '.join(self.fields)}"


@dataclass(frozen=True)
class Protect:
    """Turns Proxmox's protection against removal of the guest and its disks on or off."""

    on: bool

    def __str__(self) -> str:
        return "protect it" if self.on else "lift its protection"


@dataclass(frozen=True)
class SetRaw:
    """Writes the raw `lxc.*` lines."""

    def __str__(self) -> str:
        return "write the raw lxc lines"


@dataclass(frozen=True)
class Resize:
    """Grows the disk that is mounted at `path` (`/` is the first one) to `size_gb` GiB."""

    path: str
    size_gb: int

    def __str__(self) -> str:
        return f"grow {self.path} to {self.size_gb} GiB"


@dataclass(frozen=True)
class ApplyPending:
    """Restarts the guest when Proxmox could not apply its changes live; refused without `allow_reboot`."""

    def __str__(self) -> str:
        return "apply what waits for a restart"


@dataclass(frozen=True)
class Power:
    """Starts the guest and waits until it can be used, or shuts it down."""

    on: bool

    def __str__(self) -> str:
        return "start it" if self.on else "shut it down"


@dataclass(frozen=True)
class ConvertToTemplate:
    """Makes it a template, for good."""

    def __str__(self) -> str:
        return "convert it to a template"


Action = Create | Adjust | SetConfig | Protect | SetRaw | Resize | ApplyPending | Power | ConvertToTemplate
RAW_FIELDS = ("id_maps", "options")
G = TypeVar("G", LxcSpec, VmSpec)


def plan(live: G | None, desired: G, fields: Sequence[str]) -> list[Action]:
    """The actions in order, none when both agree; `fields` are those that configuration keys hold.

    Raises OperationError, before anything is done, for a change that would destroy data or is not allowed.
    """
    if live is None:
        return [Create(str(desired.source)), Adjust()]
    refuse(live, desired)
    changed = tuple(field for field in fields if differs(live, desired, field))
    raw = isinstance(desired, LxcSpec) and any(differs(live, desired, field) for field in RAW_FIELDS)
    convert = isinstance(desired, VmSpec) and isinstance(live, VmSpec) and desired.template and not live.template
    stops = live.running and (raw or not desired.running)
    # Proxmox refuses to touch the disks of a protected guest, and a mount is one of them
    lifts = live.protection and (not desired.protection or "mounts" in changed)
    actions: list[Action] = []
    if stops:
        actions.append(Power(on=False))
    if lifts:
        actions.append(Protect(on=False))
    if changed:
        actions.append(SetConfig(changed))
    if raw:
        actions.append(SetRaw())
    actions += _growth(live, desired)
    if convert:
        actions.append(ConvertToTemplate())
    if desired.protection and (lifts or not live.protection):
        actions.append(Protect(on=True))
    if changed and live.running and not stops:
        actions.append(ApplyPending())
    if desired.running and (stops or not live.running):
        actions.append(Power(on=True))
    return actions


def refuse(live: GuestSpec, desired: GuestSpec) -> None:
    """Raises OperationError for a change that no plan may hold."""
    for what, old, new, next_step in _refusals(live, desired):
        raise OperationError(
            resource=str(desired),
            operation=f"change {what} from {old} to {new}",
            host=desired.node,
            cause="it would destroy data, or stop the guest without permission; nothing was changed",
            next_step=next_step,
        )


def _refusals(live: GuestSpec, desired: GuestSpec) -> list[tuple[str, object, object, str]]:
    found: list[tuple[str, object, object, str]] = []
    if live.storage != desired.storage:
        found.append(
            ("storage", live.storage, desired.storage, f"set storage: {live.storage}, or move the disk by hand")
        )
    if live.disk_gb > desired.disk_gb:
        next_step = f"set disk_gb to {live.disk_gb} or more: a disk only grows"
        found.append(("disk_gb", live.disk_gb, desired.disk_gb, next_step))
    if isinstance(live, LxcSpec) and isinstance(desired, LxcSpec):
        if live.unprivileged != desired.unprivileged:
            next_step = f"set unprivileged: {str(live.unprivileged).lower()}, or make a new guest with another VMID"
            found.append(("unprivileged", live.unprivileged, desired.unprivileged, next_step))
        wanted = {mount.container_path: mount for mount in desired.mounts}
        for mount in live.mounts:
            new = wanted.get(mount.container_path, mount)
            if mount.storage and new.storage and mount.storage != new.storage:
                next_step = f"set its storage to {mount.storage}, or move the volume by hand"
                found.append((f"storage of {mount.container_path}", mount.storage, new.storage, next_step))
            elif mount.storage == new.storage and (mount.size_gb or 0) > (new.size_gb or 0):
                next_step = f"set its size_gb to {mount.size_gb} or more: a volume only grows"
                found.append((f"size_gb of {mount.container_path}", mount.size_gb, new.size_gb, next_step))
        raw = [field for field in RAW_FIELDS if differs(live, desired, field)]
        if raw and live.running and desired.running and not desired.allow_reboot:
            field = raw[0]
            next_step = "set allow_reboot for this guest (or phoenix:allowReboot), or shut it down, then run again"
            found.append((field, getattr(live, field), getattr(desired, field), next_step))
    if isinstance(live, VmSpec) and isinstance(desired, VmSpec) and live.template and not desired.template:
        found.append(("template", True, False, "set template: true, or clone it into a new guest"))
    return found


def differs(live: GuestSpec, desired: GuestSpec, field: str) -> bool:
    old, new = getattr(live, field), getattr(desired, field)
    if field == "mounts":
        return [_placement(mount) for mount in old] != [_placement(mount) for mount in new]
    return bool(old != new)


def _placement(mount: Mount) -> tuple[object, ...]:
    # its size is not part of it: a volume grows by a call of its own
    return (mount.container_path, mount.host_path, mount.storage, mount.read_only)


def _growth(live: GuestSpec, desired: GuestSpec) -> list[Resize]:
    grown = [Resize("/", desired.disk_gb)] if desired.disk_gb > live.disk_gb else []
    if isinstance(live, LxcSpec) and isinstance(desired, LxcSpec):
        sizes = {(mount.container_path, mount.storage): mount.size_gb or 0 for mount in live.mounts}
        for mount in desired.mounts:
            size = sizes.get((mount.container_path, mount.storage))
            if size is not None and mount.size_gb and mount.size_gb > size:
                grown.append(Resize(mount.container_path, mount.size_gb))
    return grown
