"""What the first preview of a guest says that already exists, before anything is changed."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from phoenix.errors import OperationError, PhoenixError, UnobservableError
from phoenix.providers.core.adapter import Provider
from phoenix.providers.proxmox.guest.lxc import Lxc, LxcReconciler
from phoenix.providers.proxmox.guest.plan import SetConfig
from phoenix.providers.proxmox.guest.vm import Vm, VmReconciler
from phoenix.providers.proxmox.snapshot import SnapshotReconciler
from phoenix.specs.guest import GuestSpec
from phoenix.specs.snapshot import SnapshotSpec
from tests.providers.core.convergence import converge
from tests.providers.proxmox import pve_host
from tests.providers.proxmox.pve_host import PveHost


@pytest.fixture
def host(fakepve: Any, fakepve_cafile: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PveHost]:
    yield from pve_host.serve(fakepve, fakepve_cafile, tmp_path, monkeypatch)


def refusals(host: PveHost, kind: type[Provider], desired: GuestSpec, recorded: GuestSpec | None = None) -> list[str]:
    """The failures of the check, without and with a state; nothing but reading was done for it."""
    provider = kind()
    provider._settings = host.settings
    host.pve.requests.clear()
    answer = provider.check(inputs(recorded) if recorded else {}, inputs(desired))
    assert answer.inputs == inputs(desired)
    assert {method for method, _, _ in host.pve.requests} <= {"GET"}
    return [failure.reason for failure in answer.failures]


def inputs(spec: GuestSpec) -> dict[str, Any]:
    return dict(spec.model_dump(mode="json", exclude_none=True))


@pytest.mark.parametrize("mounted", ["/srv/films,mp=/films", "local-lvm:vm-101-disk-7,mp=/films,size=40G"])
def test_a_mount_that_the_configuration_does_not_have_is_named(
    host: PveHost, capfd: pytest.CaptureFixture[str], mounted: str
) -> None:
    desired = host.lxc()
    converge(LxcReconciler(), host.settings, desired)
    host.pve.ct(101).config["mp3"] = mounted
    assert refusals(host, Lxc.provider, desired) == []
    assert f"mp3 ({mounted.partition(',')[0]} at /films) is not in its configuration" in capfd.readouterr().err


def test_a_mount_that_is_taken_out_of_the_configuration_is_refused(host: PveHost) -> None:
    mounts = [{"container_path": "/films", "storage": "local-lvm", "size_gb": 4}]
    recorded, desired = inputs(host.lxc(mounts=mounts)), inputs(host.lxc())
    converge(LxcReconciler(), host.settings, host.lxc(mounts=mounts))
    provider: Any = Lxc.provider()
    provider._settings = host.settings
    refreshed = provider.read("guest/101", recorded)
    with pytest.raises(PhoenixError, match=r"a volume of 4 GiB on local-lvm at /films to none .*\n.*put it back into"):
        provider.diff("guest/101", refreshed.outs, desired)


def test_what_an_older_version_recorded_unasked_is_no_difference(host: PveHost) -> None:
    films = {"container_path": "/films", "host_path": "/srv/films"}
    desired = inputs(host.lxc(mounts=[films], features=["keyctl=1"]))
    del desired["network"]["firewall"]
    unasked: dict[str, Any] = {"onboot": False, "swap_mb": 512, "description": ""}
    recorded = {
        **desired,
        **unasked,
        "features": ["keyctl=1", "nesting=1"],
        "network": {**desired["network"], "firewall": False},
        "mounts": [{**films, "read_only": False}],
    }
    provider: Any = Lxc.provider()
    assert not provider.diff("guest/101", recorded, desired).changes
    for field, value in (("onboot", True), ("memory_mb", 4096), ("description", "ours"), ("features", ["nesting=0"])):
        assert provider.diff("guest/101", recorded, {**desired, field: value}).changes
    without = {key: value for key, value in desired["network"].items() if key != "gateway"}
    assert provider.diff("guest/101", recorded, {**desired, "network": without}).changes


def test_tags_that_the_state_has_go_and_others_stay(host: PveHost) -> None:
    recorded, desired = host.lxc(tags=["a", "b"]), host.lxc(tags=["b"])
    converge(LxcReconciler(), host.settings, recorded)
    host.pve.ct(101).config["tags"] = "a;b;theirs"
    provider: Any = Lxc.provider()
    provider._settings = host.settings
    refreshed = provider.read("guest/101", inputs(recorded))
    assert refreshed.outs["tags"] == ["a", "b"]
    assert provider.diff("guest/101", refreshed.outs, inputs(desired)).changes
    after = provider.update("guest/101", refreshed.outs, inputs(desired))
    assert host.pve.ct(101).config["tags"] == "b;theirs"
    assert not provider.diff("guest/101", provider.read("guest/101", after.outs).outs, inputs(desired)).changes


@pytest.mark.parametrize("kind", ["lxc", "vm"])
def test_a_guest_on_another_node_is_not_absent(host: PveHost, kind: str) -> None:
    """Neither made nor changed nor forgotten: its node is told."""
    reconciler: Any = LxcReconciler() if kind == "lxc" else VmReconciler()
    desired: Any = host.lxc(vmid=444) if kind == "lxc" else host.vm(vmid=444)
    add = host.pve.add_ct if kind == "lxc" else host.pve.add_vm
    add(444, desired.name, node="pve2")
    told = rf"guest 444 .*: read .*VMID 444 is on node 'pve2' of the cluster, by the name '{desired.name}'"
    attempts: tuple[Callable[[], Any], ...] = (
        lambda: reconciler.observe(host.settings, desired),
        lambda: reconciler.perform(host.settings, desired, SetConfig(("cores",))),
        lambda: reconciler.remove(host.settings, desired),
    )
    for attempt in attempts:
        with pytest.raises(OperationError, match=told):
            attempt()
    assert host.pve.guest(444).node == "pve2"
    assert host.requests("POST") == host.requests("PUT") == host.requests("DELETE") == []


def test_a_snapshot_of_a_guest_on_another_node_is_not_absent(host: PveHost) -> None:
    host.pve.add_ct(444, "web", node="pve2")
    of_it = {"node": host.node, "node_name": "pve1", "api_port": host.pve.port, "vmid": 444, "name": "final-form"}
    with pytest.raises(OperationError, match=r"VMID 444 is on node 'pve2'"):
        SnapshotReconciler().remove(host.settings, SnapshotSpec.model_validate(of_it))


def test_a_disk_that_would_shrink_is_named(host: PveHost) -> None:
    config = {"scsi0": "local-lvm:vm-9000-disk-0,size=12G", "cores": "2", "memory": "1024", "agent": "1"}
    host.pve.add_vm(9000, "image", config=config)
    (said,) = refusals(host, Vm.provider, host.vm())
    assert said.startswith("guest 9000 (image): change disk_gb")
    assert "set disk_gb to 12 or more" in said


def test_another_guest_at_the_vmid_is_named(host: PveHost) -> None:
    host.pve.add_ct(101, "mail")
    (said,) = refusals(host, Lxc.provider, host.lxc())
    assert "named 'mail', not 'web'" in said


def test_one_that_does_not_exist_yet_is_admitted(host: PveHost) -> None:
    assert refusals(host, Lxc.provider, host.lxc()) == []
    assert refusals(host, Vm.provider, host.vm()) == []


def test_a_node_that_cannot_be_reached_stops_no_preview(host: PveHost) -> None:
    assert refusals(host, Lxc.provider, host.lxc(api_port=1)) == []
    assert refusals(host, Vm.provider, host.vm(api_port=1)) == []
    # the API answers, SSH does not
    converge(LxcReconciler(), host.settings, host.lxc())
    silent = host.lxc(node="127.0.0.1:1")
    with pytest.raises(UnobservableError, match=r"root@127\.0\.0\.1:1: "):
        LxcReconciler().observe(host.settings, silent)
    assert refusals(host, Lxc.provider, silent) == []
