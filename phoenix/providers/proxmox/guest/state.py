"""What Proxmox tells of a guest: its configuration now and after the next start, and whether it runs."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from phoenix.clients.proxmox import AbsentError, Api
from phoenix.errors import OperationError
from phoenix.providers.proxmox.guest import cloud_init
from phoenix.specs.guest import GuestSpec

MADE_SECONDS = 300.0
# locks of a guest whose configuration is not complete yet, or not for long any more
_IN_THE_MAKING = frozenset({"create", "clone", "restore", "destroyed"})


@dataclass(frozen=True)
class GuestState:
    """`now` is in effect, `later` after the next start; both by Proxmox's keys."""

    now: Mapping[str, str]
    later: Mapping[str, str]
    running: bool


def read(api: Api, kind: str, desired: GuestSpec, name_key: str) -> GuestState | None:
    """The guest's state, None when it is absent; waits for a guest that is just being made.

    Raises OperationError when the VMID belongs to a guest of another name or node, or stays in the making.
    """
    deadline = time.monotonic() + MADE_SECONDS
    while True:
        try:
            entries = api.get(f"{kind}/{desired.vmid}/pending")
            status = api.get(f"{kind}/{desired.vmid}/status/current")
        except AbsentError:
            refuse_elsewhere(api, desired.vmid)
            return None
        now = {str(entry["key"]): str(entry["value"]) for entry in entries if "value" in entry}
        lock = now.get("lock") or status.get("lock")
        if lock not in _IN_THE_MAKING:
            break
        if time.monotonic() > deadline:
            next_step = f"wait for its task; if none runs, unlock guest {desired.vmid} and remove what is left of it"
            raise api.failure("read", f"it is locked ({lock}) for more than {MADE_SECONDS:.0f} s", next_step)
        time.sleep(0.5)
    later = dict(now)
    for entry in entries:
        if "pending" in entry:
            later[str(entry["key"])] = str(entry["pending"])
        elif entry.get("delete"):
            later.pop(str(entry["key"]), None)
    if now.get(name_key) != desired.name:
        raise foreign(api, desired, now.get(name_key, ""))
    running = status.get("status") == "running"
    if running and kind == "qemu" and cloud_init.has_drive(now):
        now = cloud_init.in_effect(now, api.get(f"{kind}/{desired.vmid}/cloudinit"))
    return GuestState(now, later, running)


def refuse_elsewhere(api: Api, vmid: int) -> None:
    """Raises OperationError for a guest that its node does not have because another node of the cluster has it.

    https://pve.proxmox.com/pve-docs/api-viewer/#/cluster/resources
    """
    for guest in api.guests():
        if guest["vmid"] == vmid and guest["node"] != api.node.name:
            known = f", by the name {guest['name']!r}" if guest.get("name") else ""
            raise api.failure(
                "read",
                f"VMID {vmid} is on node {guest['node']!r} of the cluster{known}; it was not touched",
                f"migrate it to node {api.node.name!r}, or give the configured guest a free VMID",
            )


def foreign(api: Api, desired: GuestSpec, name: str) -> OperationError:
    """The error about a guest of another name at the desired VMID."""
    return api.failure(
        f"take over VMID {desired.vmid}",
        f"the guest there is named {name!r}, not {desired.name!r}; it was not touched",
        "give the configured guest a free VMID, or rename the live one if it is the same guest",
    )
