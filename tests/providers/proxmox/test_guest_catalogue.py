"""Guests as people have them, of Proxmox VE 8 and 9: a configuration that says little touches only what it says.

`live/` holds them as `pct config` and `qm config` print them.
"""

from pathlib import Path
from typing import Any

import pytest

from phoenix.model import LxcGuest, VmGuest
from phoenix.plan import guests
from phoenix.plan.choices import Choices
from phoenix.providers.proxmox.guest import plan, raw
from phoenix.providers.proxmox.guest.lxc import LxcReconciler
from phoenix.providers.proxmox.guest.vm import VmReconciler
from phoenix.vocabulary.property_strings import gib, is_set, split, storage_of
from phoenix.vocabulary.vm_disks import boot_disk
from tests.plan.reference import reference
from tests.providers.proxmox.test_guest_properties import changed

LIVE = Path(__file__).with_name("live")
CONTAINERS = sorted(LIVE.glob("lxc-*.conf"))
MACHINES = sorted(LIVE.glob("qemu-*.conf"))
NETWORK = {"address": "10.0.0.240/24", "gateway": "10.0.0.1", "bridge": "vmbr9"}
# the network's name server and search domain are the node's where the guest says none
TOUCHED = {"memory", "net0", "nameserver", "searchdomain"}
# a VM's first user has to be said, and the program reaches a VM by its agent
TOUCHED_OF_VMS = TOUCHED | {"ipconfig0", "ciuser", "agent"}


def parsed(file: Path) -> dict[str, str]:
    lines = (line.partition(":")[::2] for line in file.read_text().splitlines())
    return {key: value.strip() for key, value in lines if not key.startswith("lxc.")}


def little(config: dict[str, str], name_key: str, disk: str, **given: Any) -> dict[str, Any]:
    """Name, memory and network, and what a guest's file has to say, which is as it is."""
    kept = {"storage": storage_of(disk), "disk_gb": gib(disk) or 8, "cores": int(config.get("cores", 1))}
    kept |= {"protect": is_set(config.get("protection")), "template": is_set(config.get("template"))}
    said = {"name": config[name_key], "vmid": 150, "memory_mb": 3000, "network": NETWORK, "source": {"clone": 900}}
    return {**kept, **said, **given}


def keys_of(reconciler: Any, config: dict[str, str], desired: Any) -> dict[str, str | None]:
    """The keys that a run sets; it does nothing else but to apply them."""
    live = reconciler.decode(config, desired).model_copy(update={"running": desired.running})
    keys: dict[str, str | None] = {}
    for action in reconciler.plan(live, desired):
        assert isinstance(action, plan.SetConfig | plan.ApplyPending)
        for field in action.fields if isinstance(action, plan.SetConfig) else ():
            keys |= reconciler.encode(desired, field, config)
    return {key: value for key, value in keys.items() if value != config.get(key)}


def settled(reconciler: Any, config: dict[str, str], desired: Any, keys: dict[str, str | None]) -> None:
    """Nothing was taken away, properties included, and the next run has nothing to do."""
    assert None not in keys.values()
    after = {**config, **{key: str(value) for key, value in keys.items()}}
    assert keys_of(reconciler, after, desired) == {}
    assert changed(config.get("net0", ""), after["net0"]) <= {"bridge", "ip", "gw"}
    assert changed(config.get("ipconfig0", ""), after.get("ipconfig0", "")) <= {"ip", "gw"}
    assert changed(config.get("agent", "1"), after.get("agent", "1")) <= {""}
    old, new = (each.get("nameserver", "").split() for each in (config, after))
    assert new[1:] == old[1:]


def test_there_are_many() -> None:
    assert len(CONTAINERS) >= 20
    assert len(MACHINES) >= 20


@pytest.mark.parametrize("file", CONTAINERS, ids=lambda file: file.stem)
def test_of_a_container_only_what_is_said_is_touched(file: Path) -> None:
    config = parsed(file)
    said = little(config, "hostname", config["rootfs"], type="lxc", unprivileged=is_set(config.get("unprivileged")))
    guest = LxcGuest.model_validate(said)
    desired = guests.container(reference(), guest, Choices())
    keys = keys_of(LxcReconciler(), config, desired)
    unset = {"cores"} - config.keys()
    assert keys.keys() <= TOUCHED | unset
    assert {"memory", "net0"} <= keys.keys()
    settled(LxcReconciler(), config, desired, keys)
    text = file.read_text()
    assert raw.observed(text, desired) == desired
    assert sorted(raw.merged(text, desired).splitlines()) == sorted(text.splitlines())


@pytest.mark.parametrize("file", MACHINES, ids=lambda file: file.stem)
def test_of_a_machine_only_what_is_said_is_touched(file: Path) -> None:
    config = parsed(file)
    boot = boot_disk(config)
    assert boot is not None
    said = little(config, "name", config[boot], type="vm", cloud_init={"user": config.get("ciuser", "someone")})
    guest = VmGuest.model_validate(said)
    desired = guests.machine(reference(), guest, Choices())
    keys = keys_of(VmReconciler(), config, desired)
    assert keys.keys() <= TOUCHED_OF_VMS
    assert {"memory", "net0"} <= keys.keys()
    assert ("agent" in keys) == (
        split(config.get("agent", "0"))[0] != "1" and "enabled=1" not in config.get("agent", "")
    )
    settled(VmReconciler(), config, desired, keys)
