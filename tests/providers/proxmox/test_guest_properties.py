"""What a property string holds beside what the spec names survives every write: round trips through both encoders."""

from typing import Any

import pytest

from phoenix.errors import OperationError
from phoenix.providers.proxmox.guest import lxc_config, vm_config
from phoenix.providers.proxmox.guest.lxc import LxcReconciler
from phoenix.providers.proxmox.guest.plan import Resize
from phoenix.providers.proxmox.guest.vm import VmReconciler
from phoenix.specs.guest import LxcSpec, VmSpec
from phoenix.vocabulary.property_strings import split
from tests.providers.proxmox.test_guest_plan import lxc, vm

NETWORK = {"bridge": "vmbr1", "address": "10.0.0.9/24", "gateway": "10.0.0.1"}
CARD = "name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:00:01,ip=dhcp,type=veth"
DISK = {"scsi0": "tank:vm-101-disk-0,size=8G"}

LXC: list[tuple[str, str, str, dict[str, Any], str, set[str]]] = [
    (
        "a bind mount's source",
        "mp0",
        "/srv/a,mp=/a,acl=1,backup=1,mountoptions=discard;noatime,quota=0,replicate=0,ro=1,shared=1",
        {"mounts": [{"container_path": "/a", "host_path": "/srv/b"}]},
        "mounts",
        {""},
    ),
    (
        "a volume's read_only",
        "mp3",
        "tank:vm-101-disk-1,mp=/v,acl=1,backup=1,mountoptions=noatime,quota=1,replicate=0,shared=1,size=2G",
        {"mounts": [{"container_path": "/v", "storage": "tank", "size_gb": 2, "read_only": True}]},
        "mounts",
        {"ro"},
    ),
    (
        "a card",
        "net0",
        f"{CARD},firewall=1,gw6=fe80::1,ip6=fd00::2/64,host-managed=1,link_down=1,mtu=1400,rate=5,tag=20,trunks=1;2",
        {"network": NETWORK},
        "network",
        {"bridge", "ip", "gw"},
    ),
    (
        "the firewall of a card",
        "net0",
        f"{CARD},tag=3",
        {"network": {**NETWORK, "firewall": True}},
        "network",
        {"firewall", "bridge", "ip", "gw"},
    ),
    (
        "features",
        "features",
        "force_rw_sys=1,fuse=1,keyctl=1,mknod=1,mount=nfs;cifs",
        {"features": ["nesting=1", "keyctl=0"]},
        "features",
        {"nesting", "keyctl"},
    ),
    ("the order at boot", "startup", "order=1,up=60,down=90", {"boot_order": 4}, "boot_order", {"order"}),
    ("the delay at boot", "startup", "order=1,up=60,down=90", {"boot_delay": 4}, "boot_delay", {"up"}),
    ("an order without its name", "startup", "1,up=60,down=90", {"boot_delay": 4}, "boot_delay", {"", "order", "up"}),
]


def changed(before: str, after: str) -> set[str]:
    """The names of the properties that differ; the bare value's is empty."""
    old, new = ({"": bare, **props} for bare, props in (split(before), split(after)))
    return {name for name in old | new if old.get(name) != new.get(name)}


@pytest.mark.parametrize(
    ("key", "live", "said", "field", "differing"), [case[1:] for case in LXC], ids=[case[0] for case in LXC]
)
def test_a_containers_other_properties_stay(
    key: str, live: str, said: dict[str, Any], field: str, differing: set[str]
) -> None:
    desired, config = lxc(**said), {"rootfs": "tank:x,size=8G", key: live}
    assert getattr(lxc_config.decode(config, desired), field) != getattr(desired, field)
    keys = lxc_config.encode(desired, field, config)
    assert set(keys) == {key}
    after = keys[key] or ""
    assert changed(live, after) == differing
    assert getattr(lxc_config.decode(config | {key: after}, desired), field) == getattr(desired, field)
    assert lxc_config.encode(desired, field, config | {key: after}).get(key, after) == after


VM: list[tuple[str, str, str, dict[str, Any], str, set[str]]] = [
    (
        "a card",
        "net0",
        "e1000=BC:24:11:00:00:01,bridge=vmbr0,firewall=1,link_down=1,mtu=1400,queues=4,rate=5,tag=20,trunks=1;2",
        {"network": NETWORK},
        "network",
        {"bridge"},
    ),
    (
        "an address",
        "ipconfig0",
        "gw=10.9.9.9,gw6=fe80::1,ip=10.9.9.1/24,ip6=auto",
        {"network": NETWORK},
        "network",
        {"ip", "gw"},
    ),
    ("the agent", "agent", "0,freeze-fs-on-backup=0,fstrim_cloned_disks=1,type=isa", {}, "agent", {""}),
    ("the order at boot", "startup", "order=1,up=60,down=90", {"boot_order": 4}, "boot_order", {"order"}),
]


@pytest.mark.parametrize(
    ("key", "live", "said", "field", "differing"), [case[1:] for case in VM], ids=[case[0] for case in VM]
)
def test_a_machines_other_properties_stay(
    key: str, live: str, said: dict[str, Any], field: str, differing: set[str]
) -> None:
    desired, config = vm(**said), {**DISK, key: live}
    assert getattr(vm_config.decode(config, desired), field) != getattr(desired, field)
    keys = vm_config.encode(desired, field, config)
    after = keys[key] or ""
    assert changed(live, after) == differing
    settled = config | {key: value for key, value in keys.items() if value is not None}
    assert getattr(vm_config.decode(settled, desired), field) == getattr(desired, field)


SERVERS = [
    (None, "10.0.0.1"),
    ("9.9.9.9", "10.0.0.1"),
    ("10.0.0.1 9.9.9.9", "10.0.0.1 9.9.9.9"),
    ("1.1.1.1 9.9.9.9 8.8.8.8", "10.0.0.1 9.9.9.9 8.8.8.8"),
    ("1.1.1.1,9.9.9.9;10.0.0.1", "10.0.0.1 1.1.1.1 9.9.9.9"),
]


@pytest.mark.parametrize(("live", "after"), SERVERS)
def test_further_name_servers_stay_behind_the_configurations(live: str | None, after: str) -> None:
    desired = lxc(nameserver="10.0.0.1")
    config = {"rootfs": "tank:x,size=8G"} | ({"nameserver": live} if live else {})
    agrees = lxc_config.decode(config, desired).nameserver == desired.nameserver
    assert agrees == (live is not None and live.startswith("10.0.0.1"))
    assert lxc_config.encode(desired, "nameserver", config) == {"nameserver": after}
    assert lxc_config.decode({**config, "nameserver": after}, desired).nameserver == desired.nameserver


def test_devices_keep_their_owners_and_modes() -> None:
    config = {"dev0": "/dev/a,deny-write=1,gid=44,mode=0660", "dev1": "path=/dev/x,uid=5", "dev4": "/dev/y,mode=0600"}
    desired = lxc(devices=["/dev/b", "/dev/a", "/dev/x"])
    assert lxc_config.decode(config, desired).devices == ("/dev/a", "/dev/x")
    assert lxc_config.encode(desired, "devices", config) == {"dev2": "/dev/b"}
    assert lxc_config.decode({**config, "dev2": "/dev/b"}, desired).devices == desired.devices


def test_a_machines_memory_in_its_longer_form() -> None:
    assert vm_config.decode({**DISK, "memory": "current=4096"}, vm()).memory_mb == 4096


BOOTS = [
    ("virtio0", {"boot": "order=virtio0;net0", "virtio0": "fast:vm-101-disk-0,size=32G", "scsi0": "tank:data,size=1G"}),
    ("sata0", {"boot": "order=ide2;sata0", "ide2": "none,media=cdrom", "sata0": "fast:x,size=32G"}),
    ("scsi1", {"boot": "order=net0;scsi1;scsi0", "scsi1": "fast:x,size=32G", "scsi0": "tank:data,size=900G"}),
    ("sata0", {"boot": "cdn", "bootdisk": "sata0", "sata0": "fast:x,size=32G", "scsi0": "tank:data,size=900G"}),
    (
        "virtio0",
        {"virtio0": "fast:x,size=32G", "sata0": "tank:data,size=900G", "ide2": "fast:vm-101-cloudinit,media=cdrom"},
    ),
]


@pytest.mark.parametrize(("disk", "config"), BOOTS, ids=[disk for disk, _ in BOOTS])
def test_the_disk_that_it_boots_from_is_the_one_that_counts(disk: str, config: dict[str, str]) -> None:
    desired = vm(storage="fast", disk_gb=40)
    live = vm_config.decode(config, desired)
    assert (live.storage, live.disk_gb) == ("fast", 32)
    assert Resize("/", 40) in VmReconciler().plan(live, desired)
    assert VmReconciler().disk("/", config, desired) == disk
    others = [key for key in config if key in ("scsi0", "sata0") and key != disk]
    assert [text.partition(" ")[0] for text in vm_config.left_alone(config)] == others


GONE = [
    (
        {"boot": "order=scsi0;net0", "virtio0": "t:x,size=9G", "sata1": "t:y"},
        r"boots from scsi0.*: it has virtio0, sata1",
    ),
    ({"boot": "order=virtio0"}, "boots from virtio0.*: it has no disk at all"),
    ({"ide2": "none,media=cdrom"}, "boots from a disk.*: it has no disk at all"),
]


@pytest.mark.parametrize(("config", "words"), GONE)
def test_a_boot_disk_that_is_not_there_is_refused(config: dict[str, str], words: str) -> None:
    with pytest.raises(OperationError, match=rf"{words}\n.*qm set 101 --boot order="):
        vm_config.decode(config, vm())


UNSIZED: list[tuple[Any, Any, dict[str, str]]] = [
    (LxcReconciler(), lxc(), {"rootfs": "tank:subvol-101-disk-0"}),
    (VmReconciler(), vm(), {"scsi0": "tank:vm-101-disk-0"}),
]


@pytest.mark.parametrize(("reconciler", "desired", "config"), UNSIZED)
def test_a_disk_whose_size_is_not_told_does_not_grow(
    reconciler: Any, desired: LxcSpec | VmSpec, config: dict[str, str]
) -> None:
    assert reconciler.decode(config, desired).disk_gb == desired.disk_gb
