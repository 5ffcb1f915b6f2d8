"""Guests as people have them become files that change nothing about them, or are told."""

import re
from ipaddress import IPv4Interface
from pathlib import Path
from typing import Any

import pytest

from phoenix.importing.guest import NewGuest
from phoenix.importing.ledger import Fate, Ledger
from phoenix.importing.live.answers import answer
from phoenix.importing.live.around import Around
from phoenix.importing.live.guest import rest
from phoenix.importing.live.guests import guests
from phoenix.model import Cluster, LxcGuest, VmGuest
from phoenix.plan import guests as planned
from phoenix.plan.choices import Choices
from phoenix.providers.proxmox.guest import plan, raw
from phoenix.providers.proxmox.guest.lxc import LxcReconciler
from phoenix.providers.proxmox.guest.vm import VmReconciler
from phoenix.specs.guest import LxcSpec
from phoenix.vocabulary.property_strings import split
from tests.plan.reference import reference
from tests.providers.proxmox.test_guest_catalogue import CONTAINERS, MACHINES, parsed

FIELDS = {"search_domain": "node.domain", "nameserver": "network.nameserver", "user": "cloud_init.user"}
FIELDS |= {"network": "network.address", "agent": "type"}
"""What a run would set -> the place where the report tells of it; others are called alike."""


def lan_of(config: dict[str, str]) -> IPv4Interface:
    """The node's address in the network of the guest."""
    _, props = split(config.get("ipconfig0", config["net0"]))
    address = props.get("ip", "")
    network = IPv4Interface(address if "/" in address else "10.0.0.7/24").network
    return IPv4Interface(f"{network.network_address + 13}/{network.prefixlen}")


def around(config: dict[str, str], cluster: Cluster) -> Around:
    address = lan_of(config)
    node = cluster.node
    return Around(
        address=address,
        gateway=address.network.network_address + 1,
        bridge=node.bridge,
        domain=node.domain,
        cores=16,
        lxc_storage=node.storages.lxc,
        vm_storage=node.storages.vm,
        lxc_persistent=node.paths.lxc_persistent,
        archives=("debian-12-standard_12.7-1_amd64.tar.zst", "alpine-3.20-default_20240908_amd64.tar.xz"),
    )


def imported(kind: str, config: dict[str, str], lines: list[str], status: str) -> tuple[NewGuest | None, Ledger]:
    """The guest with VMID 150; the directories that it mounts are the container's root's."""
    shift = 100_000 if config.get("unprivileged") == "1" else 0
    bound = (split(value)[0] for key, value in config.items() if re.fullmatch(r"mp\d+", key))
    directories = {path: {"uid": shift, "gid": shift, "mode": "755"} for path in bound if path.startswith("/")}
    data: dict[str, Any] = {"kind": kind, "status": status, "config": config, "lxc": lines, "directories": directories}
    ledger = Ledger()
    found = guests(ledger, {150: answer(f"{kind}/150", data)}, around(config, reference()))
    if 150 in found:
        rest(found[150])
    return found.get(150), ledger


def told(ledger: Ledger) -> set[str]:
    """Places of values that are others than what is there."""
    return {
        each.new.field for each in ledger.entries if each.new and each.why and each.fate in (Fate.CHANGED, Fate.ADDED)
    }


def set_fields(reconciler: Any, live: Any, desired: Any) -> set[str]:
    """What a run would set."""
    fields: set[str] = set()
    for action in reconciler.plan(live, desired):
        assert isinstance(action, plan.SetConfig | plan.ApplyPending), action
        fields |= set(action.fields) if isinstance(action, plan.SetConfig) else set()
    return fields


def cluster_of(config: dict[str, str]) -> Cluster:
    cluster = reference()
    return cluster.model_copy(update={"node": cluster.node.model_copy(update={"address": lan_of(config)})})


def reachable(kind: str, config: dict[str, str]) -> dict[str, str]:
    """The same guest with an address, and a machine with what the product reaches it by."""
    if kind == "lxc":
        return {
            **config,
            "net0": config["net0"]
            .replace("ip=dhcp", "ip=10.0.0.77/24,gw=10.0.0.1")
            .replace("ip=manual", "ip=10.0.0.77/24"),
        }
    fixed = {"ipconfig0": "ip=10.0.0.77/24,gw=10.0.0.1", "ciuser": "someone", "agent": "1"}
    fixed |= {key: config[key] for key in fixed if "1" in config.get(key, "") and key != "ciuser"}
    return {**config, **fixed}


@pytest.mark.parametrize("status", ["running", "stopped", "reachable"])
@pytest.mark.parametrize("file", [*CONTAINERS, *MACHINES], ids=lambda file: file.stem)
def test_a_guest_becomes_a_file_that_changes_nothing_or_is_told(file: Path, status: str) -> None:
    config = parsed(file)
    kind = file.stem.partition("-")[0]
    lines = [line for line in file.read_text().splitlines() if line.startswith("lxc.")]
    if status == "reachable":
        config = reachable(kind, config)
    if status != "stopped":
        status = "stopped" if kind == "qemu" and "template" in config else "running"
    guest, ledger = imported(kind, config, lines, status)
    if guest is None:
        assert [each for each in ledger.missing if each.startswith("guest 150 (")] == ledger.missing != []
        return
    model = (LxcGuest if kind == "lxc" else VmGuest).model_validate(guest.file.data)
    desired = planned.made(cluster_of(config), model, Choices())
    reconciler: Any = LxcReconciler() if kind == "lxc" else VmReconciler()
    live = reconciler.decode(config, desired).model_copy(update={"running": status == "running"})
    if kind == "lxc":
        assert isinstance(desired, LxcSpec)
        seen = raw.observed(file.read_text(), desired)
        live = live.model_copy(update={"id_maps": seen.id_maps, "options": seen.options})
    differing = {FIELDS.get(field, field) for field in set_fields(reconciler, live, desired)}
    assert differing <= told(ledger), f"untold: {differing - told(ledger)}"
    # every key is somewhere
    known = {each.old.loc[1] for each in ledger.entries if each.old and each.old.loc[:1] == ("config",)}
    assert known == config.keys()


def test_all_become_files_that_have_an_address() -> None:
    found = {}
    for file in (*CONTAINERS, *MACHINES):
        kind = file.stem.partition("-")[0]
        found[file.stem] = imported(kind, reachable(kind, parsed(file)), [], "running")
    assert {name: ledger.missing for name, (guest, ledger) in found.items() if guest is None} == {}
