"""Changes that no plan may hold: they would destroy data, or stop a guest without permission. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from phoenix.specs.guest import GuestSpec, LxcSpec, Mount, VmSpec

RAW_FIELDS = ("id_maps", "options")
_DESTROYS = "it would destroy data"
_STOPS = "it takes effect only with a restart, which is not allowed"


@dataclass(frozen=True)
class Refusal:
    """One refused change, why, and what the operator can do instead."""

    what: str
    live: object
    desired: object
    next_step: str
    cause: str = _DESTROYS


def refuse(live: GuestSpec, desired: GuestSpec) -> None:
    """Raises OperationError for the first change that is refused."""
    for refusal in refusals(live, desired):
        raise desired.failure(
            f"change {refusal.what} from {refusal.live} to {refusal.desired}",
            f"{refusal.cause}; nothing was changed",
            refusal.next_step,
        )


def refusals(live: GuestSpec, desired: GuestSpec) -> Iterator[Refusal]:
    """Every change between the two that is refused."""
    if live.storage != desired.storage:
        next_step = f"set storage: {live.storage}, or move the disk by hand"
        yield Refusal("storage", live.storage, desired.storage, next_step)
    if live.disk_gb > desired.disk_gb:
        next_step = f"set disk_gb to {live.disk_gb} or more: a disk only grows"
        yield Refusal("disk_gb", live.disk_gb, desired.disk_gb, next_step)
    if isinstance(live, LxcSpec) and isinstance(desired, LxcSpec):
        yield from _of_containers(live, desired)
    if isinstance(live, VmSpec) and isinstance(desired, VmSpec) and live.template and not desired.template:
        next_step = "set template: true, or clone it into a new guest"
        yield Refusal("template", True, False, next_step, "Proxmox cannot make a guest of a template again")


def differs(live: GuestSpec, desired: GuestSpec, field: str) -> bool:
    """Whether `field` must be set; the sizes of mounted volumes aside, which have a call of their own."""
    old, new = getattr(live, field), getattr(desired, field)
    if field == "mounts":
        return [_placement(mount) for mount in old] != [_placement(mount) for mount in new]
    return bool(old != new)


def _of_containers(live: LxcSpec, desired: LxcSpec) -> Iterator[Refusal]:
    if live.unprivileged != desired.unprivileged:
        next_step = f"set unprivileged: {str(live.unprivileged).lower()}, or make a new guest with another VMID"
        yield Refusal("unprivileged", live.unprivileged, desired.unprivileged, next_step)
    for mount in taken_out(live, desired):
        next_step = (
            f"put it back into the guest's mounts or volumes, or, when it is not needed there any more, detach it by "
            f"hand: `pct config {desired.vmid}` on the node names its mpN, `pct set {desired.vmid} --delete mpN` "
            "detaches it"
        )
        yield Refusal("mounts", _described(mount), "none", next_step, "it was taken out of the configuration")
    wanted = {mount.container_path: mount for mount in desired.mounts}
    for mount in live.mounts:
        new = wanted.get(mount.container_path, mount)
        if mount.storage and not new.storage:
            next_step = "choose another container_path for the bind mount, or detach the volume by hand first"
            yield Refusal(f"volume at {mount.container_path}", mount.storage, new.host_path, next_step)
            continue
        if mount.storage and new.storage and mount.storage != new.storage:
            next_step = f"set its storage to {mount.storage}, or move the volume by hand"
            yield Refusal(f"storage of {mount.container_path}", mount.storage, new.storage, next_step)
        elif mount.storage == new.storage and (mount.size_gb or 0) > (new.size_gb or 0):
            next_step = f"set its size_gb to {mount.size_gb} or more: a volume only grows"
            yield Refusal(f"size_gb of {mount.container_path}", mount.size_gb, new.size_gb, next_step)
    if live.running and desired.running and not desired.allow_reboot:
        next_step = "set allow_reboot for this guest (or phoenix:allowReboot), or shut it down, then run again"
        for field in RAW_FIELDS:
            if differs(live, desired, field):
                yield Refusal(field, getattr(live, field), getattr(desired, field), next_step, _STOPS)


def taken_out(live: LxcSpec, desired: LxcSpec) -> tuple[Mount, ...]:
    """What the last run recorded as mounted and the configuration no longer has: there may be data in it."""
    wanted = {mount.container_path for mount in desired.mounts}
    return tuple(mount for mount in live.mounts if mount.container_path not in wanted)


def _described(mount: Mount) -> str:
    return f"{mount.host_path or f'a volume of {mount.size_gb} GiB on {mount.storage}'} at {mount.container_path}"


def _placement(mount: Mount) -> tuple[object, ...]:
    return (mount.container_path, mount.host_path, mount.storage, mount.read_only)
