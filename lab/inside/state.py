"""The API's state as one JSON file, so that a lab comes back as it was."""

import json
import os
from pathlib import Path
from typing import Any

from fakepve import FakeCt, FakeVm

from lab.inside import rawlines
from lab.inside.api import NodeApi

FILE = Path("/var/lib/lab/pve.json")
GUEST = ("vmid", "node", "status", "config", "pending", "snapshots", "pool")
PLAIN = ("users", "pool_info", "apitokens")


def default(value: object) -> object:
    """JSON for the sets which the fake keeps."""
    if isinstance(value, set | frozenset):
        return {"set": sorted(value)}
    raise TypeError(f"cannot store {type(value)}")


def _revive(value: dict[str, Any]) -> Any:
    return set(value["set"]) if value.keys() == {"set"} else value


def capture(pve: NodeApi) -> str:
    """Everything worth keeping, as JSON text."""
    vms = [{**{key: getattr(vm, key) for key in GUEST}, "name": vm.name, "template": vm.template} for vm in pve.vms]
    return json.dumps(
        {
            "cts": [{key: getattr(ct, key) for key in GUEST} for ct in pve.cts],
            "vms": vms,
            "disks": pve.disks.saved(),
            "storages": pve.storages,
            "pools": pve.pools,
            "firewall": pve.firewall_state(),
            **{key: getattr(pve, key) for key in PLAIN},
        },
        default=default,
        indent=1,
    )


def load(file: Path = FILE) -> dict[str, Any]:
    """What was kept; empty for a new lab."""
    if not file.exists():
        return {}
    kept: dict[str, Any] = json.loads(file.read_text(), object_hook=_revive)
    return kept


def store(text: str, file: Path = FILE) -> None:
    """Replace the file in one step."""
    part = file.with_suffix(".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(text)
    part.rename(file)


def restore(pve: NodeApi, kept: dict[str, Any]) -> None:
    """Put a loaded state into the API. Guests keep the status they had; nothing is started."""
    for fields in kept.get("cts", []):
        ct = FakeCt(fields["vmid"], node=fields["node"], config=fields["config"], defaults=False)
        _fill(ct, fields)
        pve.cts.append(ct)
    for fields in kept.get("vms", []):
        vm = FakeVm(fields["vmid"], fields["name"], node=fields["node"], template=fields["template"])
        _fill(vm, fields)
        vm.qmpstatus = vm.status
        pve.vms.append(vm)
    for key in ("storages", "pools", *PLAIN):
        if key in kept:
            setattr(pve, key, kept[key])
    if "firewall" in kept:
        pve.restore_firewall(kept["firewall"])


def _fill(guest: FakeCt | FakeVm, fields: dict[str, Any]) -> None:
    for key in ("config", "pending", "snapshots", "pool", "status"):
        setattr(guest, key, fields[key])
    # A lock held by a task that the last shutdown cut off would never be released.
    guest.lock = None
    guest.config.pop("lock", None)


def conf_files(pve: NodeApi, root: Path = Path("/etc/pve/nodes/phoenix")) -> None:
    """Show the node's guests' configuration under /etc/pve, as a real one does; known ``lxc.*`` lines are kept."""
    for kind, every in (("lxc", pve.cts), ("qemu-server", pve.vms)):
        guests = [guest for guest in every if guest.node == pve.node]
        folder = root / kind
        folder.mkdir(parents=True, exist_ok=True)
        alive = {f"{guest.vmid}.conf" for guest in guests}
        for stale in folder.iterdir():
            if stale.suffix == ".conf" and stale.name not in alive:
                stale.unlink()
        for guest in guests:
            file = folder / f"{guest.vmid}.conf"
            old = file.read_text() if file.exists() else ""
            text = _conf(guest, [f"{key}: {value}" for key, value in rawlines.known(old)])
            if text != old:
                file.write_text(text)


def _conf(guest: FakeCt | FakeVm, raw: list[str]) -> str:
    sections = [("", guest.config), ("[PENDING]", guest.pending)]
    sections += [(f"[{name}]", snapshot) for name, snapshot in guest.snapshots.items()]
    text = ""
    for title, values in sections:
        if title and values:
            text += f"\n{title}\n"
        text += "".join(f"{key}: {value}\n" for key, value in sorted(values.items()) if value is not None)
        text += "".join(f"{line}\n" for line in raw) if not title else ""
    return text
