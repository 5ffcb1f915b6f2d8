"""From a guest's live state to the desired one: a pure plan that never replaces the guest."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from phoenix.providers.proxmox.guest.refusals import RAW_FIELDS, differs, refuse
from phoenix.specs.guest import GuestSpec, LxcSpec, VmSpec


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
G = TypeVar("G", LxcSpec, VmSpec)


def plan(live: G | None, desired: G, fields: Sequence[str]) -> list[Action]:
    """The actions in order, none when both agree; `fields` are those that configuration keys hold.

    Raises OperationError, before anything is done, for a change that would destroy data or is not allowed.
    """
    if live is None:
        return [Create(str(desired.source)), Adjust()]
    refuse(live, desired)
    return adjustments(live, desired, fields)


def adjustments(live: G, desired: G, fields: Sequence[str]) -> list[Action]:
    """As `plan`, without a refusal: for a guest that this run has just made, with what its source gave it."""
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


def _growth(live: GuestSpec, desired: GuestSpec) -> list[Resize]:
    grown = [Resize("/", desired.disk_gb)] if desired.disk_gb > live.disk_gb else []
    if isinstance(live, LxcSpec) and isinstance(desired, LxcSpec):
        sizes = {(mount.container_path, mount.storage): mount.size_gb or 0 for mount in live.mounts}
        for mount in desired.mounts:
            size = sizes.get((mount.container_path, mount.storage))
            if size is not None and mount.size_gb and mount.size_gb > size:
                grown.append(Resize(mount.container_path, mount.size_gb))
    return grown
