"""Containers against a fake Proxmox API and a real SSH server: adopted, changed in place, never replaced."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from phoenix.clients import proxmox
from phoenix.errors import OperationError, UnobservableError
from phoenix.providers.proxmox.guest import plan as planning
from phoenix.providers.proxmox.guest import raw, ready
from phoenix.providers.proxmox.guest.lxc import LxcReconciler
from phoenix.providers.proxmox.guest.plan import Action
from phoenix.specs.guest import LxcSpec
from tests.providers.core.convergence import reached
from tests.providers.proxmox import pve_host
from tests.providers.proxmox.pve_host import PveHost

LXC = LxcReconciler()


@pytest.fixture
def host(fakepve: Any, fakepve_cafile: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PveHost]:
    yield from pve_host.serve(fakepve, fakepve_cafile, tmp_path, monkeypatch)


def converge(host: PveHost, desired: LxcSpec) -> list[Action]:
    return reached(LXC, host.settings, desired)


def test_is_made_from_a_template_with_everything(host: PveHost) -> None:
    desired = host.lxc(
        nameserver="10.0.0.13",
        search_domain="example.org",
        tags=["gateway", "phoenix"],
        description="the way in\nfor all",
        onboot=True,
        boot_order=2,
        boot_delay=5,
        protection=True,
        swap_mb=256,
        features=["nesting=1", "keyctl=1"],
        mounts=[
            {"container_path": "/var/log/nginx", "host_path": "/srv/101/logs"},
            {"container_path": "/models", "storage": "local-lvm", "size_gb": 5, "read_only": True},
        ],
        devices=["/dev/nvidia0"],
    )
    converge(host, desired)
    ct = host.pve.ct(101)
    assert ct.status == "running"
    assert ct.config["rootfs"].startswith("local-lvm:vm-101-disk-0")
    assert ct.config["mp0"] == "/srv/101/logs,mp=/var/log/nginx"
    assert ct.config["startup"] == "order=2,up=5"
    assert ct.config["features"] == "keyctl=1,nesting=1"
    assert ct.config["dev0"] == "/dev/nvidia0"
    assert ct.config["protection"] in (1, "1")


def test_what_a_token_may_not_do_goes_over_ssh_only(host: PveHost) -> None:
    converge(host, host.lxc())
    assert "pct set 101" not in host.ssh.calls()
    converge(host, host.lxc(mounts=[{"container_path": "/a", "host_path": "/b"}]))
    assert host.ssh.calls().count("pct set 101") == 1


def test_an_existing_one_is_taken_over_untouched(host: PveHost) -> None:
    converge(host, host.lxc())
    before = dict(host.pve.ct(101).config)
    host.pve.requests.clear()
    assert converge(host, host.lxc(source={"kind": "clone", "vmid": 900})) == []
    assert host.pve.ct(101).config == before
    assert {method for method, _, _ in host.pve.requests} == {"GET"}


def test_another_guest_at_the_vmid_is_refused_and_untouched(host: PveHost) -> None:
    host.pve.add_ct(101, "mail", status="running")
    before = dict(host.pve.ct(101).config)
    for act in (LXC.observe, LXC.remove):
        with pytest.raises(OperationError, match=r"guest 101 \(web\).*named 'mail', not 'web'"):
            act(host.settings, host.lxc())
    assert host.pve.ct(101).config == before


def test_a_vm_at_the_vmid_is_refused(host: PveHost) -> None:
    host.pve.add_vm(101, "web")
    with pytest.raises(OperationError, match="VM 101 already exists"):
        converge(host, host.lxc())


LIVE = [
    ({"memory_mb": 2048}, "memory_mb"),
    ({"cores": 4}, "cores"),
    ({"swap_mb": 0}, "swap_mb"),
    ({"nameserver": "10.0.0.1"}, "nameserver"),
    ({"search_domain": "a.example"}, "search_domain"),
    ({"onboot": True}, "onboot"),
    ({"boot_order": 3}, "boot_order"),
    ({"boot_delay": 7}, "boot_delay"),
    ({"tags": ["b", "a"]}, "tags"),
    ({"description": "changed"}, "description"),
    ({"features": ["nesting=0"]}, "features"),
    ({"network": {"bridge": "vmbr1", "address": "dhcp"}}, "network"),
]
RESTARTED = {"nameserver", "search_domain", "features"}
SAID: dict[str, Any] = {"swap_mb": 512, "nameserver": "9.9.9.9", "search_domain": "b.example", "onboot": False}
SAID |= {"boot_order": 1, "boot_delay": 2, "description": "as it was"}


@pytest.mark.parametrize(("change", "field"), LIVE, ids=[field for _, field in LIVE])
def test_each_field_changes_in_place_and_back(host: PveHost, change: dict[str, Any], field: str) -> None:
    base = host.lxc(allow_reboot=True, **SAID)
    converge(host, base)
    changed = host.lxc(allow_reboot=True, **SAID | change)
    for recorded, desired in ((base, changed), (changed, base)):
        host.pve.requests.clear()
        if field == "tags" and desired is base:
            LXC.retire(host.settings, recorded, desired)
            assert converge(host, base) == []
            assert "tags" not in host.pve.ct(101).config
            continue
        actions = converge(host, desired)
        assert str(actions[0]) == f"set {field}"
        restarted = any(path.endswith("/status/shutdown") for path in host.requests("POST"))
        assert restarted == (field in RESTARTED)
    assert "DELETE" not in {method for method, _, _ in host.pve.requests}


def test_a_restart_without_permission_is_an_error_that_keeps_the_change_pending(host: PveHost) -> None:
    converge(host, host.lxc())
    desired = host.lxc(features=["nesting=0"], memory_mb=2048)
    with pytest.raises(OperationError, match=r"apply features.*only with a restart.*\n.*allow_reboot"):
        converge(host, desired)
    assert host.pve.ct(101).status == "running"
    assert host.pve.ct(101).config["memory"] == 2048
    seen = LXC.observe(host.settings, desired)
    assert seen is not None
    assert seen.live.features == ("nesting=1",)
    converge(host, desired.model_copy(update={"allow_reboot": True}))


def test_a_pending_change_that_nobody_wants_is_drift(host: PveHost) -> None:
    wanted = host.lxc(nameserver="9.9.9.9")
    converge(host, wanted)
    host.pve.ct(101).pending["nameserver"] = "6.6.6.6"
    assert str(converge(host, wanted)[0]) == "set nameserver"
    assert host.pve.ct(101).pending == {}


def test_a_pending_key_that_is_not_set_and_not_wanted_is_taken_back(host: PveHost) -> None:
    """Proxmox undoes the deletion of what is only pending, and the value stays."""
    plain = host.lxc(features=["nesting=0", "keyctl=0"])
    converge(host, plain)
    assert "features" not in host.pve.ct(101).config
    theirs = {"searchdomain": "example.test", "dev3": "/dev/null"}
    host.pve.ct(101).pending.update({"features": "keyctl=1", **theirs})
    converge(host, plain)
    # of the others the configuration does not speak
    assert host.pve.ct(101).pending == theirs
    assert host.pve.ct(101).status == "running"
    assert "features" not in host.pve.ct(101).config


def test_another_pending_value_of_a_key_that_shall_go_is_taken_back_first(host: PveHost) -> None:
    converge(host, host.lxc())
    host.pve.ct(101).pending["features"] = "nesting=1,keyctl=1"
    converge(host, host.lxc(features=["nesting=0", "keyctl=0"], allow_reboot=True))
    assert host.pve.ct(101).pending == {}
    assert "features" not in host.pve.ct(101).config


def test_unnamed_properties_of_the_interface_stay(host: PveHost) -> None:
    converge(host, host.lxc())
    ct = host.pve.ct(101)
    ct.config["net0"] += ",tag=20"
    mac = ct.config["net0"].partition("hwaddr=")[2].partition(",")[0]
    converge(host, host.lxc(network={"bridge": "vmbr9", "address": "dhcp"}))
    assert f"hwaddr={mac}" in ct.config["net0"]
    assert "tag=20" in ct.config["net0"]
    assert "bridge=vmbr9" in ct.config["net0"]


def test_disks_grow_and_never_shrink(host: PveHost) -> None:
    volume = {"container_path": "/models", "storage": "local-lvm", "size_gb": 5}
    converge(host, host.lxc(mounts=[volume]))
    converge(host, host.lxc(disk_gb=20, mounts=[volume | {"size_gb": 6}]))
    assert "size=20G" in host.pve.ct(101).config["rootfs"]
    host.pve.requests.clear()
    for given in ({"disk_gb": 19, "mounts": [volume | {"size_gb": 6}]}, {"disk_gb": 20, "mounts": [volume]}):
        with pytest.raises(OperationError, match="nothing was changed"):
            converge(host, host.lxc(memory_mb=4096, **given))
    assert {method for method, _, _ in host.pve.requests} == {"GET"}


@pytest.mark.parametrize("given", [{"storage": "other"}, {"unprivileged": False}])
def test_what_would_need_a_new_guest_is_refused(host: PveHost, given: dict[str, Any]) -> None:
    converge(host, host.lxc())
    with pytest.raises(OperationError, match=f"change {next(iter(given))} from"):
        converge(host, host.lxc(**given))


def test_mounts_come_and_keep_their_slots(host: PveHost) -> None:
    first, second = ({"container_path": f"/{name}", "host_path": f"/srv/{name}"} for name in "ab")
    volume = {"container_path": "/data", "storage": "local-lvm", "size_gb": 1}
    converge(host, host.lxc(mounts=[first, volume], protection=True, allow_reboot=True))
    config = host.pve.ct(101).config
    kept = config["mp1"].partition(",")[0]
    converge(host, host.lxc(mounts=[second, volume, first], protection=True, allow_reboot=True))
    assert config["mp0"] == "/srv/a,mp=/a"
    assert config["mp1"].partition(",")[0] == kept
    assert config["mp2"] == "/srv/b,mp=/b"


@pytest.mark.parametrize("mounted", ["/srv/photos,mp=/photos", "local-lvm:vm-101-disk-7,mp=/photos,size=40G"])
def test_what_somebody_else_has_mounted_stays_and_is_told_once(
    host: PveHost, capfd: pytest.CaptureFixture[str], mounted: str
) -> None:
    converge(host, host.lxc())
    host.pve.ct(101).config["mp0"] = mounted
    own = {"container_path": "/a", "host_path": "/srv/a"}
    converge(host, host.lxc(cores=3, mounts=[own]))
    assert host.pve.ct(101).config["mp0"] == mounted
    assert host.pve.ct(101).config["mp1"] == "/srv/a,mp=/a"
    assert host.pve.ct(101).config["cores"] == 3
    told = f"guest 101 (web): mp0 ({mounted.partition(',')[0]} at /photos) is not in its configuration"
    assert capfd.readouterr().err.count(told) == 1


def test_a_mount_that_was_recorded_is_not_taken_away(host: PveHost) -> None:
    own = {"container_path": "/a", "host_path": "/srv/a"}
    converge(host, host.lxc(mounts=[own]))
    recorded = LXC.observe(host.settings, host.lxc(mounts=[own]))
    assert recorded is not None
    with pytest.raises(
        OperationError, match=r"mounts from /srv/a at /a to none .*nothing was changed.*\n.*put it back"
    ):
        LXC.plan(recorded.live, host.lxc())


FOREIGN = {
    "description": "kept by hand\n",
    "tags": "backup;team-a",
    "startup": "order=4,up=60,down=90",
    "onboot": "1",
    "swap": "64",
    "nameserver": "1.1.1.1 9.9.9.9",
    "searchdomain": "home.example",
    "hookscript": "local:snippets/hook.pl",
    "cpulimit": "1.5",
    "cpuunits": "50",
    "timezone": "host",
    "mp0": "/srv/photos,mp=/photos,ro=1",
    "dev0": "/dev/ttyUSB0,gid=20,mode=0660",
    "features": "nesting=1,mount=nfs;cifs,fuse=1,keyctl=1",
}


def test_nothing_foreign_is_touched(host: PveHost) -> None:
    converge(host, host.lxc())
    config = host.pve.ct(101).config
    config |= FOREIGN
    config["net0"] += ",tag=20,rate=5,mtu=1400,ip6=auto"
    before = dict(config)
    host.config_file(101).write_text("arch: amd64\nlxc.cgroup2.devices.allow: c 195:* rwm\n")
    converge(host, host.lxc(memory_mb=2048, features=[]))
    assert {key for key in before | config if before.get(key) != config.get(key)} <= {"memory", "digest"}
    assert "lxc.cgroup2.devices.allow" in host.config_file(101).read_text()


def test_of_tags_and_devices_only_recorded_ones_go(host: PveHost) -> None:
    recorded = host.lxc(tags=["a", "b"], devices=["/dev/a", "/dev/b"], running=False)
    converge(host, recorded)
    config = host.pve.ct(101).config
    config["tags"] += ";theirs"
    config["dev7"] = "/dev/c,gid=5"
    desired = host.lxc(tags=["b", "c"], devices=["/dev/b"], running=False)
    LXC.retire(host.settings, recorded, desired)
    converge(host, desired)
    assert sorted(config["tags"].split(";")) == ["b", "c", "theirs"]
    assert sorted(value for key, value in config.items() if key.startswith("dev")) == ["/dev/b", "/dev/c,gid=5"]
    host.pve.requests.clear()
    assert converge(host, desired) == []
    assert {method for method, _, _ in host.pve.requests} == {"GET"}


def test_what_is_said_of_notes_and_read_only_is_done(host: PveHost) -> None:
    mount = {"container_path": "/a", "host_path": "/srv/a"}
    converge(host, host.lxc(mounts=[mount], allow_reboot=True))
    config = host.pve.ct(101).config
    config |= FOREIGN | {"mp0": "/srv/a,mp=/a,ro=1"}
    assert converge(host, host.lxc(mounts=[mount], allow_reboot=True)) == []
    converge(host, host.lxc(mounts=[mount | {"read_only": False}], description="ours", allow_reboot=True))
    assert config["description"].strip() == "ours"
    assert config["mp0"] == "/srv/a,mp=/a"
    converge(host, host.lxc(mounts=[mount | {"read_only": True}], description="", allow_reboot=True))
    assert "description" not in config
    assert "ro=1" in config["mp0"]


def test_a_clone_has_only_what_is_said(host: PveHost) -> None:
    converge(host, host.lxc(running=False, protection=True))
    config = host.pve.ct(101).config
    config |= {key: value for key, value in FOREIGN.items() if key not in ("mp0", "hookscript")}
    converge(host, host.lxc(vmid=102, name="copy", source={"kind": "clone", "vmid": 101}, features=[]))
    copy = host.pve.ct(102).config
    assert not {"description", "tags", "startup", "onboot", "nameserver", "searchdomain", "dev0"} & set(copy)
    assert (str(copy["swap"]), copy["features"]) == ("512", "nesting=1")


def test_a_new_one_that_its_source_protects_is_rid_of_mounts(host: PveHost) -> None:
    converge(host, host.lxc(running=False))
    config = host.pve.ct(101).config
    config |= {"protection": 1, "mp0": "local-lvm:vm-101-disk-7,mp=/photos,size=1G"}
    LXC.perform(host.settings, host.lxc(running=False), planning.Adjust())
    assert "mp0" not in config


def test_what_is_taken_out_and_waits_for_a_restart_is_told(host: PveHost, capfd: pytest.CaptureFixture[str]) -> None:
    recorded, desired = host.lxc(devices=["/dev/a"]), host.lxc()
    converge(host, recorded)
    LXC.retire(host.settings, recorded, desired)
    waits = "dev0" in host.pve.ct(101).config
    said = "dev0 was taken out of its configuration, and goes with its next restart" in capfd.readouterr().err
    assert waits
    assert said
    assert converge(host, desired) == []


def test_recorded_id_maps_go_when_they_are_taken_out(host: PveHost) -> None:
    file = host.config_file(101)
    maps = [{"type": "gid", "container_id": 33, "host_id": 33}]
    host.ssh.script("grep", "exit 0")
    file.write_text("arch: amd64\n")
    recorded = host.lxc(id_maps=maps, allow_reboot=True)
    converge(host, recorded)
    LXC.retire(host.settings, recorded, host.lxc(allow_reboot=True))
    assert raw.raw_lines(file.read_text()) == ()
    assert str(converge(host, host.lxc(allow_reboot=True))[0]) == "start it"


def test_other_raw_lines_stay_and_recorded_ones_go(host: PveHost) -> None:
    file = host.config_file(101)
    file.write_text("arch: amd64\n")
    recorded = host.lxc(options=["lxc.mount.auto: sys:rw", "lxc.apparmor.profile: unconfined"], allow_reboot=True)
    converge(host, recorded)
    text = "lxc.cgroup2.devices.allow: c 195:* rwm\nlxc.mount.entry: /a b none bind\nlxc.idmap: u 0 100000 65536\n"
    file.write_text(file.read_text() + text)
    assert converge(host, recorded) == []
    desired = host.lxc(options=["lxc.apparmor.profile: generated"], allow_reboot=True)
    LXC.retire(host.settings, recorded, desired)
    converge(host, desired)
    assert raw.raw_lines(file.read_text()) == (*text.splitlines(), "lxc.apparmor.profile: generated")
    # another value of a key that counts once is a change of ours
    file.write_text(file.read_text() + "lxc.apparmor.profile: unconfined\n")
    converge(host, desired)
    assert raw.raw_lines(file.read_text()) == (*text.splitlines(), "lxc.apparmor.profile: generated")


def test_what_a_clone_inherits_from_its_source_goes(host: PveHost) -> None:
    volume = {"container_path": "/data", "storage": "local-lvm", "size_gb": 1}
    converge(host, host.lxc(mounts=[volume], running=False))
    clone = host.lxc(vmid=102, name="clone", source={"kind": "clone", "vmid": 101}, running=False)
    converge(host, clone)
    assert not [key for key in host.pve.ct(102).config if key.startswith("mp")]
    assert "mp0" in host.pve.ct(101).config


def test_raw_lines_are_written_while_it_is_down(host: PveHost) -> None:
    file = host.config_file(101)
    file.write_text("arch: amd64\nlxc.old: 1\n\n[final-form]\nlxc.old: 1\n")
    desired = host.lxc(
        options=["lxc.apparmor.profile=unconfined"],
        id_maps=[{"type": "gid", "container_id": 33, "host_id": 33}],
    )
    host.ssh.script("grep", "exit 0")
    converge(host, desired)
    assert file.read_text() == (
        "arch: amd64\nlxc.idmap: u 0 100000 65536\nlxc.idmap: g 0 100000 33\nlxc.idmap: g 33 33 1\n"
        "lxc.idmap: g 34 100034 65502\nlxc.apparmor.profile: unconfined\n\n[final-form]\nlxc.old: 1\n"
    )
    changed = host.lxc(options=["lxc.mount.auto: sys:rw"])
    with pytest.raises(OperationError, match="allow_reboot"):
        converge(host, changed)
    assert [str(action) for action in converge(host, changed.model_copy(update={"allow_reboot": True}))] == [
        "shut it down",
        "write the raw lxc lines",
        "start it",
    ]


def test_raw_lines_that_cannot_be_written_name_the_file(host: PveHost) -> None:
    converge(host, host.lxc(running=False))
    host.ssh.script("flock", "echo no lock >&2; exit 1")
    with pytest.raises(OperationError, match=r"101\.conf on 127\.0\.0\.1:\d+ failed: no lock"):
        converge(host, host.lxc(running=False, options=["lxc.a: b"]))


def test_is_stopped_and_started(host: PveHost) -> None:
    converge(host, host.lxc())
    assert [str(action) for action in converge(host, host.lxc(running=False))] == ["shut it down"]
    assert [str(action) for action in converge(host, host.lxc())] == ["start it"]


def test_a_rename_is_made_by_who_knows_the_old_name(host: PveHost) -> None:
    recorded, desired = host.lxc(), host.lxc(name="gateway")
    converge(host, recorded)
    LXC.retire(host.settings, recorded, desired)
    converge(host, desired)
    assert host.pve.ct(101).name == "gateway"


def test_a_rename_never_takes_a_strangers_guest(host: PveHost) -> None:
    host.pve.add_ct(101, "mail")
    LXC.retire(host.settings, host.lxc(), host.lxc(name="gateway"))
    assert host.pve.ct(101).name == "mail"


def test_a_failing_task_gives_its_own_words(host: PveHost) -> None:
    converge(host, host.lxc(running=False))
    host.pve.ct(101).start_error = "startup for container '101' failed: no such bridge"
    with pytest.raises(
        OperationError, match=r"(?s)guest 101 \(web\): start on 127\.0\.0\.1:\d+ failed: .*no such bridge.*UPID:"
    ):
        converge(host, host.lxc())


@pytest.mark.parametrize(
    ("state", "ends"), [("running", True), ("degraded", True), ("starting", True), ("offline", False)]
)
def test_a_started_one_is_waited_for(
    host: PveHost, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], state: str, ends: bool
) -> None:
    monkeypatch.setattr(ready, "UNITS_SECONDS", 0.5)
    host.ssh.script("systemctl", f"echo {state}; exit 1")
    if not ends:
        with pytest.raises(OperationError, match=r"it is still offline .*\n.*pct exec 101 -- systemctl list-jobs"):
            converge(host, host.lxc())
        return
    converge(host, host.lxc())
    assert ("units still start" in capfd.readouterr().err) == (state == "starting")


def test_a_missing_template_is_named(host: PveHost) -> None:
    with pytest.raises(OperationError, match=r"create on .*local:vztmpl/none\.tar\.zst"):
        converge(host, host.lxc(source={"kind": "template", "volume": "local:vztmpl/none.tar.zst"}))


def test_a_lock_is_waited_for(host: PveHost) -> None:
    converge(host, host.lxc())
    host.pve.ct(101).lock = "backup"
    threading.Timer(0.4, lambda: setattr(host.pve.ct(101), "lock", None)).start()
    converge(host, host.lxc(memory_mb=2048))


def test_a_lock_is_not_waited_for_for_ever(host: PveHost, monkeypatch: pytest.MonkeyPatch) -> None:
    converge(host, host.lxc())
    monkeypatch.setattr(proxmox, "TASK_LOCK_SECONDS", 0.3)
    host.pve.ct(101).lock = "backup"
    with pytest.raises(OperationError, match=r"CT is locked \(backup\)[^$]*if none does, unlock the guest"):
        converge(host, host.lxc(memory_mb=2048))


def test_a_backup_is_waited_for_longer_than_a_request_and_told(
    host: PveHost, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    converge(host, host.lxc())
    monkeypatch.setattr(proxmox, "LOCK_SECONDS", 0.0)
    monkeypatch.setattr(proxmox, "TOLD_SECONDS", 0.2)
    host.pve.ct(101).lock = "backup"
    threading.Timer(1.0, lambda: setattr(host.pve.ct(101), "lock", None)).start()
    converge(host, host.lxc(memory_mb=2048))
    assert " of at most 7200 s: CT is locked (backup)\n" in capfd.readouterr().err


def test_nothing_to_change_waits_for_no_backup(host: PveHost, capfd: pytest.CaptureFixture[str]) -> None:
    desired = host.lxc()
    converge(host, desired)
    host.pve.ct(101).lock = "backup"
    LXC.admit(host.settings, desired)
    assert converge(host, desired) == []
    assert "waits" not in capfd.readouterr().err


def test_what_goes_by_root_waits_as_well(host: PveHost) -> None:
    """`pct set` says that it is locked; of the file with the raw lines only its own line does."""
    desired = host.lxc(running=False)
    converge(host, desired)
    host.pve.ct(101).lock = "backup"
    threading.Timer(0.4, lambda: setattr(host.pve.ct(101), "lock", None)).start()
    mounted = host.lxc(running=False, mounts=[{"container_path": "/data", "host_path": "/srv/data"}])
    converge(host, mounted)
    assert host.ssh.calls().count("pct set 101") > 1
    file = host.config_file(101)
    file.write_text("arch: amd64\nlock: backup\n\n[before]\nlxc.a: b\n")
    threading.Timer(0.4, lambda: file.write_text(file.read_text().replace("lock: backup\n", ""))).start()
    LXC.write_raw(host.settings, mounted.model_copy(update={"options": ("lxc.mount.auto=sys:rw",)}))
    assert file.read_text() == "arch: amd64\nlxc.mount.auto: sys:rw\n\n[before]\nlxc.a: b\n"


def test_one_that_is_being_made_is_waited_for(host: PveHost) -> None:
    converge(host, host.lxc())
    host.pve.ct(101).lock = "create"
    threading.Timer(0.4, lambda: setattr(host.pve.ct(101), "lock", None)).start()
    assert converge(host, host.lxc()) == []


def test_removal_needs_two_steps_when_protected(host: PveHost) -> None:
    desired = host.lxc(protection=True)
    converge(host, desired)
    with pytest.raises(OperationError, match="it is protected"):
        LXC.remove(host.settings, desired)
    assert host.pve.ct(101).status == "running"
    converge(host, host.lxc())
    LXC.remove(host.settings, host.lxc())
    assert host.pve.ct(101) is None
    LXC.remove(host.settings, host.lxc())


def test_clones_of_one_source_go_one_after_the_other(host: PveHost) -> None:
    converge(host, host.lxc(vmid=900, name="base", running=False, tags=["base"], nameserver="9.9.9.9"))
    host.pve.time_scale = 0.01
    host.pve.ct_secs["clone"] = 20
    errors: list[Exception] = []

    def clone(vmid: int) -> None:
        source = {"kind": "clone", "vmid": 900}
        try:
            converge(host, host.lxc(vmid=vmid, name=f"copy-{vmid}", source=source, disk_gb=9))
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=clone, args=(vmid,)) for vmid in range(102, 106)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    assert time.monotonic() - started > 4 * 0.2
    # one that had met the lock of another would have asked again
    assert host.requests("POST").count("lxc/900/clone") == 4
    assert "nameserver" not in host.pve.ct(105).config
    assert "size=9G" in host.pve.ct(105).config["rootfs"]


def test_a_refused_token_says_which_setting(host: PveHost) -> None:
    wrong = SecretStr("root@pam!phoenix=99999999-0000-0000-0000-000000000000")
    settings = host.settings.model_copy(update={"proxmox_token": wrong})
    with pytest.raises(OperationError, match=r"token is refused[^9]*\n.*phoenix:proxmoxToken") as caught:
        LXC.observe(settings, host.lxc())
    assert "99999999" not in str(caught.value)


def test_a_token_without_the_right_says_which(host: PveHost) -> None:
    host.pve.apitokens["ops@pve!t"] = "s3cret-value"
    host.pve.grant("ops@pve!t", "/", "VM.Audit")
    settings = host.settings.model_copy(update={"proxmox_token": SecretStr("ops@pve!t=s3cret-value")})
    with pytest.raises(OperationError, match="may not do that: Permission check failed"):
        converge(PveHost(host.pve, host.ssh, settings), host.lxc())


def test_a_certificate_of_another_ca_is_an_error_of_its_own(host: PveHost, tmp_path: Path) -> None:
    from fakepve.certs import make_cert

    other, _, _ = make_cert(str(tmp_path), name="other")
    settings = host.settings.model_copy(update={"proxmox_ca": Path(other)})
    with pytest.raises(OperationError, match=r"certificate is not trusted by .*other\.crt.*\n.*phoenix:proxmoxCa"):
        LXC.observe(settings, host.lxc())


def test_nobody_at_the_port_is_unobservable(host: PveHost) -> None:
    with pytest.raises(UnobservableError, match=r"port 1: .*[Cc]onnection refused"):
        LXC.observe(host.settings, host.lxc(api_port=1))
    with pytest.raises(OperationError, match="see that the node is up"):
        LXC.perform(host.settings, host.lxc(api_port=1), LXC.plan(None, host.lxc())[0])


def test_a_node_that_is_offline_is_unobservable(host: PveHost) -> None:
    converge(host, host.lxc())
    host.pve.set_node_offline("pve1")
    with pytest.raises(UnobservableError, match="No route to host"):
        LXC.observe(host.settings, host.lxc())


def test_a_dropped_connection_is_tried_again(host: PveHost) -> None:
    converge(host, host.lxc())
    host.pve.fail("GET", "/pending", 596, "broken pipe", times=2)
    assert LXC.observe(host.settings, host.lxc()) is not None


def test_proxmox_line_formats_survive_an_edit() -> None:
    text = "#note\narch: amd64\nlxc.a = 1\nmp0: /a,mp=/b\n\n[pve:pending]\ndelete: mp0\n"
    assert raw.raw_lines(text) == ("lxc.a: 1",)
    bare = "#note\narch: amd64\nmp0: /a,mp=/b\n\n[pve:pending]\ndelete: mp0\n"
    assert raw.replaced(text, (), ("lxc.a: 1",)) == bare
    assert raw.replaced(text, ("lxc.b=2",), ()) == text.replace("mp0: /a,mp=/b\n", "mp0: /a,mp=/b\nlxc.b: 2\n")
