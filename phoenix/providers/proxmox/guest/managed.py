"""What of a recorded guest its configuration still speaks of: the rest stays as it is, and is no difference. Pure."""

from typing import TypeVar

from phoenix.specs.guest import GuestSpec, LxcSpec, Mount, Network

G = TypeVar("G", bound=GuestSpec)
_FIELDS = ("nameserver", "search_domain", "onboot", "boot_order", "boot_delay", "description", "swap_mb")
"""None in one of these says that it is not managed."""


def managed(recorded: G, desired: G) -> G:
    """`recorded` without what `desired` leaves as it is; tags, mounts, devices and raw lines that go are in it."""
    unsaid = {field: None for field in _FIELDS if getattr(desired, field, "") is None and hasattr(recorded, field)}
    changed: dict[str, object] = {**unsaid, "network": _network(recorded.network, desired.network)}
    if isinstance(recorded, LxcSpec) and isinstance(desired, LxcSpec):
        names = {each.partition("=")[0] for each in desired.features}
        features = (each for each in recorded.features if each.partition("=")[0] in names)
        changed |= {"features": tuple(features), "mounts": _mounts(recorded.mounts, desired.mounts)}
    return recorded.model_copy(update=changed)


def _network(recorded: Network, desired: Network) -> Network:
    unsaid = {field: None for field in ("mac", "firewall") if getattr(desired, field) is None}
    return recorded.model_copy(update=unsaid)


def _mounts(recorded: tuple[Mount, ...], desired: tuple[Mount, ...]) -> tuple[Mount, ...]:
    unsaid = {mount.container_path for mount in desired if mount.read_only is None}
    return tuple(
        mount.model_copy(update={"read_only": None}) if mount.container_path in unsaid else mount for mount in recorded
    )
