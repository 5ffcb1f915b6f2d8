"""Guests as specs: each says what the configuration says, and what the node decides where that is silent."""

from typing import Any

import pytest

from phoenix.model import IdKind, IdMap, LxcGuest, Mount, Network, Source, VmGuest
from phoenix.plan import guests, targets
from phoenix.plan.choices import Choices
from phoenix.specs import guest as specs
from phoenix.specs.artifact import Artifact
from phoenix.specs.guest import CloneSource, LxcSpec, TemplateSource, VmSpec
from phoenix.specs.target import LxcTarget, NodeTarget, VmTarget
from tests.plan.reference import reference, with_guest

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE person"
CHOICES = Choices(protect=False, ssh_public_key=KEY)
DATA = "/quickOS/lxc-persistent-data"
VMIDS = tuple(guest.vmid for guest in reference().guests)


def container(vmid: int, changes: dict[str, Any] | None = None, choices: Choices = CHOICES) -> LxcSpec:
    cluster = with_guest(reference(), vmid, **(changes or {}))
    guest = cluster.guest(vmid)
    assert isinstance(guest, LxcGuest)
    return guests.container(cluster, guest, choices)


def machine(vmid: int, changes: dict[str, Any] | None = None, choices: Choices = CHOICES) -> VmSpec:
    cluster = with_guest(reference(), vmid, **(changes or {}))
    guest = cluster.guest(vmid)
    assert isinstance(guest, VmGuest)
    return guests.machine(cluster, guest, choices)


@pytest.mark.parametrize("vmid", VMIDS)
def test_every_guest_is_as_the_configuration_has_it(vmid: int) -> None:
    guest = reference().guest(vmid)
    spec = container(vmid) if isinstance(guest, LxcGuest) else machine(vmid)
    assert (spec.vmid, spec.name, spec.node, spec.node_name) == (vmid, guest.name, "10.0.0.13", "phoenix")
    assert (spec.cores, spec.memory_mb, spec.disk_gb) == (guest.cores, guest.memory_mb, guest.disk_gb)
    assert (spec.running, spec.onboot) == (guest.running, guest.onboot)
    assert (spec.network.address, spec.network.firewall) == (str(guest.network.address), guest.firewall.enabled)
    assert (spec.nameserver, spec.search_domain) == ("10.0.0.13", "internal.thinkheads.ai")


def test_there_are_fifteen() -> None:
    assert len(VMIDS) == 15


def test_the_gateway_word_for_word() -> None:
    """As JSON, which is what the engine is given and what existing states hold."""
    assert container(101).model_dump(mode="json", exclude_none=True) == {
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
            "name": "eth0",
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
            {"container_path": "/var/log/nginx", "host_path": f"{DATA}/101/logs"},
            {"container_path": "/etc/nginx/ssl", "host_path": f"{DATA}/101/ssl"},
        ],
        "id_maps": [{"type": "gid", "container_id": 33, "host_id": 33, "size": 1}],
        "options": ["lxc.apparmor.profile: unconfined", "lxc.mount.auto: sys:rw"],
        "devices": [],
    }


def test_a_template_vm() -> None:
    found = machine(9000)
    image = TemplateSource(volume="fastData-shared-iso:import/noble-server-cloudimg-amd64.qcow2")
    assert (found.source, found.template, found.running) == (image, True, False)
    assert found.network == specs.Network(bridge="vmbr0", address="dhcp")
    assert (found.boot_order, found.boot_delay) == (None, None)
    assert (found.user, found.ssh_public_key) == ("phoenix_user", KEY)


SOURCES: list[tuple[int, dict[str, Any], TemplateSource | CloneSource]] = [
    (900, {"template": "debian.tar.zst"}, TemplateSource(volume="fastData-shared-iso:vztmpl/debian.tar.zst")),
    (900, {"template": "other:vztmpl/debian.tar.zst"}, TemplateSource(volume="other:vztmpl/debian.tar.zst")),
    (9000, {"image": "cloud.img"}, TemplateSource(volume="fastData-shared-iso:import/cloud.img")),
    (9000, {"image": "other:import/cloud.img"}, TemplateSource(volume="other:import/cloud.img")),
    (900, {"clone": 901}, CloneSource(vmid=901)),
    (9000, {"clone": 1001}, CloneSource(vmid=1001)),
]


@pytest.mark.parametrize(("vmid", "written", "wanted"), SOURCES, ids=str)
def test_a_file_alone_lies_where_the_images_are(
    vmid: int, written: dict[str, Any], wanted: TemplateSource | CloneSource
) -> None:
    changes = {"source": Source.model_validate(written)}
    spec = container(vmid, changes) if vmid == 900 else machine(vmid, changes)
    assert spec.source == wanted


def test_what_a_guest_does_not_say_is_the_nodes() -> None:
    """The storages of containers and of virtual machines, the bridge, the node itself as name server."""
    bare = Network.model_validate({"address": "10.0.0.9/24"})
    silent = {"storage": None, "network": bare}
    containers, machines = container(101, silent), machine(1001, silent)
    assert (containers.storage, machines.storage) == ("quickOS-lxc-disks", "quickOS-vm-disks")
    for spec in (containers, machines):
        assert (spec.network.bridge, spec.network.gateway, spec.network.mac) == ("vmbr0", None, None)
        assert spec.nameserver == "10.0.0.13"


def test_what_a_container_does_not_say_is_not_managed() -> None:
    said = {"type": "lxc", "vmid": 150, "name": "bare", "source": {"clone": 900}, "cores": 1, "memory_mb": 512}
    guest = LxcGuest.model_validate({**said, "disk_gb": 8, "network": {"address": "dhcp"}})
    spec = guests.container(reference(), guest, CHOICES)
    for field in ("onboot", "boot_order", "boot_delay", "description", "swap_mb"):
        assert getattr(spec, field) is None
    assert spec.network.firewall is None
    for field in ("tags", "features", "mounts", "options", "id_maps", "devices"):
        assert getattr(spec, field) == ()


def test_what_a_container_says_is_so_even_off() -> None:
    switches = {"nesting": True, "keyctl": False, "fuse": True, "mknod": False}
    mount = Mount(host_path="/srv/a", container_path="/a", read_only=True)
    found = container(101, {**switches, "mounts": (mount,), "description": "notes"})
    assert found.features == ("nesting=1", "keyctl=0", "fuse=1", "mknod=0")
    assert (found.mounts[0].read_only, found.description) == (True, "notes")


def test_what_a_guest_says_itself_goes_before_the_nodes() -> None:
    own = Network.model_validate({"address": "10.0.0.9/24", "bridge": "vmbr7", "nameserver": "10.0.0.1"})
    said = {"storage": "fast", "network": own}
    for spec in (container(101, said), machine(1001, said)):
        assert (spec.storage, spec.network.bridge, spec.nameserver) == ("fast", "vmbr7", "10.0.0.1")


GPUS = [
    (914, ("/dev/nvidia0", "/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools")),
    (912, ("/dev/nvidia1", "/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools")),
    (901, ("/dev/nvidia0", "/dev/nvidia1", "/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools")),
    (103, ()),
]


@pytest.mark.parametrize(("vmid", "devices"), GPUS)
def test_the_devices_of_its_cards(vmid: int, devices: tuple[str, ...]) -> None:
    assert container(vmid).devices == devices


def test_a_volume_of_its_own() -> None:
    volume = specs.Mount(container_path="/vllm_models", storage="fastData-shared-bulk-data", size_gb=50)
    assert container(801).mounts == (volume,)


@pytest.mark.parametrize(
    ("own", "stack", "wanted"), [(None, True, True), (None, False, False), (False, True, False), (True, False, True)]
)
def test_a_guests_own_protection_goes_before_the_stacks(own: bool | None, stack: bool, wanted: bool) -> None:
    choices, changes = Choices(protect=stack), {"protect": own}
    for vmid, spec in {101: container(101, changes, choices), 1001: machine(1001, changes, choices)}.items():
        assert spec.protection is wanted
        assert guests.protected(with_guest(reference(), vmid, protect=own).guest(vmid), choices) is wanted


@pytest.mark.parametrize(
    ("own", "stack", "wanted"), [(None, True, True), (None, False, False), (False, True, False), (True, False, True)]
)
def test_a_guests_own_leave_to_restart_it_goes_before_the_stacks(own: bool | None, stack: bool, wanted: bool) -> None:
    choices, changes = Choices(allow_reboot=stack), {"allow_reboot": own}
    assert container(101, changes, choices).allow_reboot is wanted
    assert machine(1001, changes, choices).allow_reboot is wanted


def test_tags_are_in_order() -> None:
    assert container(103, {"tags": ("b", "a")}).tags == ("a", "b")


DIRECTORIES = {
    101: [(f"{DATA}/101/logs", "100000:100004", "0755"), (f"{DATA}/101/ssl", "100000:100000", "0755")],
    102: [(f"{DATA}/102/certs", "100000:100000", "0700")],
    103: [(f"{DATA}/103/ssl", "100000:100000", "0700")],
}


@pytest.mark.parametrize("vmid", DIRECTORIES)
def test_mounted_directories_have_the_owners_that_the_node_sees(vmid: int) -> None:
    cluster = reference()
    guest = cluster.guest(vmid)
    assert isinstance(guest, LxcGuest)
    found = guests.mounted_directories(cluster, guest)
    assert [(each.path, each.owner, each.mode) for each in found] == DIRECTORIES[vmid]
    assert {str(each.target) for each in found} == {"node 10.0.0.13"}


@pytest.mark.parametrize(
    ("written", "path"),
    [("ssl", f"{DATA}/103/ssl"), ("a/b c", f"{DATA}/103/a/b c"), ("/elsewhere", "/elsewhere")],
)
def test_a_relative_path_lies_below_the_containers_own_directory(written: str, path: str) -> None:
    """For the mount as for the directory behind it."""
    cluster = with_guest(reference(), 103, mounts=(Mount(host_path=written, container_path="/b"),))
    guest = cluster.guest(103)
    assert isinstance(guest, LxcGuest)
    (directory,) = guests.mounted_directories(cluster, guest)
    (mount,) = guests.container(cluster, guest, CHOICES).mounts
    assert (directory.path, mount.host_path) == (path, path)


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
    assert [each.owner for each in guests.mounted_directories(cluster, guest)] == [wanted]


def test_where_commands_run() -> None:
    cluster = reference()
    found = [targets.inside(cluster, each) for each in cluster.guests if each.running]
    assert [each.vmid for each in found] == [each.vmid for each in cluster.guests if each.running]
    assert targets.inside(cluster, cluster.guest(103)) == LxcTarget(node="10.0.0.13", vmid=103)
    worker = VmTarget(node="10.0.0.13", vmid=1002, address="10.0.0.102", user="phoenix_user")
    assert targets.inside(cluster, cluster.guest(1002)) == worker
    assert targets.node(cluster) == NodeTarget(node="10.0.0.13")


@pytest.mark.parametrize(("port", "at"), [(22, "10.0.0.13"), (2222, "10.0.0.13:2222")])
def test_where_the_nodes_ssh_answers(port: int, at: str) -> None:
    """The usual port is not written: states that exist have the address alone."""
    cluster = reference().model_copy(update={"node": reference().node.model_copy(update={"ssh_port": port})})
    guest = cluster.guest(103)
    assert {targets.node(cluster).node, targets.inside(cluster, guest).node} == {at}
    assert guests.plan(cluster, guest, CHOICES).guest.node == at


def test_what_lives_in_a_guest_stands_beside_it() -> None:
    template, manager = (guests.plan(reference(), reference().guest(vmid), CHOICES) for vmid in (900, 1001))
    assert (template.name, manager.name) == ("900-copy-base", "1001-portainer")
    assert [each.feature for each in manager.features] == ["base_setup", "trusted_ca", "step_cli", "docker"]
    assert [(each.source, each.mount_point) for each in manager.shares] == [
        ("10.0.0.13:/quickOS/vm-persistent-data/1001", "/mnt/persistent"),
        ("10.0.0.13:/quickOS/portainer_stacks", "/mnt/stacks"),
    ]
    assert (manager.directories, manager.snapshot, template.shares) == ((), None, ())
    # a template's features are applied while it is stopped, and the snapshot is its final form
    assert [each.running for each in template.features] == [False]
    assert template.snapshot is not None
    assert (template.snapshot.vmid, template.snapshot.name) == (900, "final-form")


def test_only_the_artifacts_that_a_feature_needs_go_with_it() -> None:
    names = ("step-cli", "traefik", "nvidia")
    artifacts = {name: Artifact(version="1", url=f"https://m.test/{name}", sha256="0" * 64) for name in names}
    choices = Choices(artifacts=artifacts)
    found = guests.plan(reference(), reference().guest(102), choices).features
    assert {each.feature: list(each.artifacts) for each in found} == {
        "base_setup": [],
        "trusted_ca": [],
        "step_cli": ["step-cli"],
        "traefik": ["traefik"],
    }
