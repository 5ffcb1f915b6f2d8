"""Guests in the words of their providers: every one is valid, and says what the configuration says."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from phoenix.clients.target import Target
from phoenix.model import IdKind, IdMap, LxcGuest, Mount, VmGuest
from phoenix.plan import guests
from phoenix.providers.directory import DirectorySpec
from phoenix.providers.guest.spec import LxcSpec, VmSpec
from tests.plan.reference import reference, with_guest

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE person"
VMIDS = tuple(guest.vmid for guest in reference().guests)


def properties(vmid: int, changes: dict[str, Any] | None = None, **given: bool) -> dict[str, Any]:
    cluster = with_guest(reference(), vmid, **(changes or {}))
    guest = cluster.guest(vmid)
    words = {"protect": False, "allow_reboot": False, **given}
    if isinstance(guest, LxcGuest):
        return guests.container(cluster, guest, **words)
    return guests.machine(cluster, guest, ssh_public_key=KEY, **words)


@pytest.mark.parametrize("vmid", VMIDS)
def test_every_guest_is_valid(vmid: int) -> None:
    guest, found = reference().guest(vmid), properties(vmid)
    spec = (VmSpec if isinstance(guest, VmGuest) else LxcSpec).model_validate(found)
    assert (spec.vmid, spec.name, spec.node, spec.node_name) == (vmid, guest.name, "10.0.0.13", "phoenix")
    assert (spec.cores, spec.memory_mb, spec.disk_gb) == (guest.cores, guest.memory_mb, guest.disk_gb)
    assert (spec.running, spec.onboot) == (guest.running, guest.onboot)
    assert (spec.network.address, spec.network.firewall) == (str(guest.network.address), guest.firewall.enabled)
    assert (spec.nameserver, spec.search_domain) == ("10.0.0.13", "internal.thinkheads.ai")


def test_there_are_fifteen() -> None:
    assert len(VMIDS) == 15


def test_the_gateway_word_for_word() -> None:
    assert properties(101) == {
        "node": "10.0.0.13",
        "node_name": "phoenix",
        "api_port": 8006,
        "vmid": 101,
        "name": "Nginx-Phoenix",
        "source": {"kind": "clone", "vmid": 900},
        "storage": "quickOS-lxc-disks",
        "disk_gb": 32,
        "cores": 4,
        "memory_mb": 4096,
        "network": {
            "bridge": "vmbr0",
            "mac": "52:54:00:67:89:B3",
            "address": "10.0.0.153/24",
            "gateway": "10.0.0.1",
            "firewall": True,
        },
        "nameserver": "10.0.0.13",
        "search_domain": "internal.thinkheads.ai",
        "onboot": True,
        "boot_order": 2,
        "boot_delay": 5,
        "tags": [],
        "protection": False,
        "running": True,
        "allow_reboot": False,
        "swap_mb": 512,
        "unprivileged": True,
        "features": ["nesting=1"],
        "mounts": [
            {"container_path": "/var/log/nginx", "host_path": "/quickOS/lxc-persistent-data/101/logs"},
            {"container_path": "/etc/nginx/ssl", "host_path": "/quickOS/lxc-persistent-data/101/ssl"},
        ],
        "id_maps": [{"type": "gid", "container_id": 33, "host_id": 33, "size": 1}],
        "options": ["lxc.apparmor.profile: unconfined", "lxc.mount.auto: sys:rw"],
        "devices": [],
    }


def test_a_template_vm() -> None:
    found = properties(9000)
    image = {"kind": "template", "volume": "fastData-shared-iso:import/noble-server-cloudimg-amd64.qcow2"}
    assert (found["source"], found["template"], found["running"]) == (image, True, False)
    assert found["network"] == {"bridge": "vmbr0", "address": "dhcp", "firewall": False}
    assert "boot_order" not in found
    assert (found["user"], found["ssh_public_key"]) == ("phoenix_user", KEY)


GPUS = [
    (914, ["/dev/nvidia0", "/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools"]),
    (912, ["/dev/nvidia1", "/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools"]),
    (901, ["/dev/nvidia0", "/dev/nvidia1", "/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools"]),
    (103, []),
]


@pytest.mark.parametrize(("vmid", "devices"), GPUS)
def test_the_devices_of_its_cards(vmid: int, devices: list[str]) -> None:
    assert properties(vmid)["devices"] == devices


def test_a_volume_of_its_own() -> None:
    volume = {"container_path": "/vllm_models", "storage": "fastData-shared-bulk-data", "size_gb": 50}
    assert properties(801)["mounts"] == [volume]


@pytest.mark.parametrize(
    ("own", "stack", "wanted"), [(None, True, True), (None, False, False), (False, True, False), (True, False, True)]
)
def test_a_guests_own_protection_goes_before_the_stacks(own: bool | None, stack: bool, wanted: bool) -> None:
    for vmid in (101, 1001):
        assert properties(vmid, {"protect": own}, protect=stack)["protection"] is wanted
        assert guests.protected(with_guest(reference(), vmid, protect=own).guest(vmid), stack) is wanted


def test_tags_are_in_order_and_reboots_need_permission() -> None:
    found = properties(103, {"tags": ("b", "a")}, allow_reboot=True)
    assert (found["tags"], found["allow_reboot"]) == (["a", "b"], True)


DIRECTORIES = {
    101: [
        ("/quickOS/lxc-persistent-data/101/logs", "100000:100004", "0755"),
        ("/quickOS/lxc-persistent-data/101/ssl", "100000:100000", "0755"),
    ],
    102: [("/quickOS/lxc-persistent-data/102/certs", "100000:100000", "0700")],
    103: [("/quickOS/lxc-persistent-data/103/ssl", "100000:100000", "0700")],
}


@pytest.mark.parametrize("vmid", DIRECTORIES)
def test_mounted_directories_have_the_owners_that_the_node_sees(vmid: int) -> None:
    cluster = reference()
    guest = cluster.guest(vmid)
    assert isinstance(guest, LxcGuest)
    specs = [DirectorySpec.model_validate(each) for each in guests.mounted_directories(cluster, guest)]
    assert [(each.path, each.owner, each.mode) for each in specs] == DIRECTORIES[vmid]
    assert {str(each.target) for each in specs} == {"node 10.0.0.13"}


OWNERS: list[tuple[bool, list[IdMap], int, str]] = [
    (True, [], 0, "100000:100000"),
    (True, [], 33, "100033:100033"),
    (True, [IdMap(type=IdKind.GID, container_id=33, host_id=33, size=1)], 33, "100033:33"),
    (True, [IdMap(type=IdKind.UID, container_id=30, host_id=1000, size=10)], 33, "1003:100033"),
    (True, [IdMap(type=IdKind.UID, container_id=30, host_id=1000, size=3)], 33, "100033:100033"),
    (False, [], 33, "33:33"),
]


@pytest.mark.parametrize(("unprivileged", "maps", "owner", "wanted"), OWNERS)
def test_shifted_owners(unprivileged: bool, maps: list[IdMap], owner: int, wanted: str) -> None:
    mount = Mount(host_path="/a", container_path="/b", owner_uid=owner, owner_gid=owner)
    cluster = with_guest(reference(), 103, unprivileged=unprivileged, id_maps=tuple(maps), mounts=(mount,))
    guest = cluster.guest(103)
    assert isinstance(guest, LxcGuest)
    assert [each["owner"] for each in guests.mounted_directories(cluster, guest)] == [wanted]


def test_targets_are_valid() -> None:
    cluster = reference()
    adapter: TypeAdapter[Any] = TypeAdapter(Target)
    found = [adapter.validate_python(guests.target(cluster, each)) for each in cluster.guests if each.running]
    assert [each.vmid for each in found] == [each.vmid for each in cluster.guests if each.running]
    assert guests.target(cluster, cluster.guest(1002)) == {
        "kind": "vm",
        "node": "10.0.0.13",
        "vmid": 1002,
        "address": "10.0.0.102",
        "user": "phoenix_user",
    }
    assert str(adapter.validate_python(guests.host(cluster))) == "node 10.0.0.13"
