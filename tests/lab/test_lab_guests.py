"""Guests through the API, as the product drives them, with real containers behind it."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from proxmoxer import ProxmoxAPI, ResourceException

from lab.testing import Throwaway, finish

pytestmark = pytest.mark.lab

TEMPLATE = "fastData-shared-iso:vztmpl/ubuntu-24.04-standard_24.04-2_amd64.tar.zst"
IMAGE = "fastData-shared-iso:import/noble-server-cloudimg-amd64.qcow2"


@pytest.fixture
def node(lab: Throwaway) -> Iterator[Any]:
    """The node's part of the API; guests are gone before and after."""
    with lab.network():
        api = lab.api()
        _sweep(api)
        yield api.nodes("phoenix")
        _sweep(api)


def _sweep(api: Any) -> None:
    for guest in (each for each in api.cluster.resources.get(type="vm") if each["node"] == "phoenix"):
        one = getattr(api.nodes("phoenix"), guest["type"])(guest["vmid"])
        if guest["status"] == "running":
            finish(api, one.status.stop.post())
        finish(api, one.delete())


def container(lab: Throwaway, node: Any, vmid: int = 101, **more: Any) -> Any:
    """A container with an address in the cluster's network."""
    net = f"name=eth0,bridge=vmbr0,ip=10.0.0.{vmid % 200}/24,gw=10.0.0.1"
    fields = {"hostname": f"ct{vmid}", "memory": 256, "net0": net, "unprivileged": 1, "rootfs": "quickOS-lxc-disks:2"}
    finish(lab.api(), node.lxc.post(vmid=vmid, ostemplate=TEMPLATE, **(fields | more)))
    return node.lxc(vmid)


def machine(lab: Throwaway, node: Any, vmid: int = 1001) -> Any:
    """A VM cloned from a cloud image's template, with cloud-init data."""
    api = lab.api()
    disk = f"quickOS-vm-disks:0,import-from={IMAGE}"
    finish(api, node.qemu.post(vmid=9000, name="template", memory=512, net0="virtio,bridge=vmbr0", scsi0=disk, agent=1))
    finish(api, node.qemu(9000).template.post())
    finish(api, node.qemu(9000).clone.post(newid=vmid, name="Portainer", full=1))
    vm = node.qemu(vmid)
    key = (lab.place.secrets / "id_ed25519.pub").read_text()
    finish(api, vm.resize.put(disk="scsi0", size="20G"))
    vm.config.put(
        ciuser="phoenix_user", sshkeys=quote(key, safe=""), ipconfig0="ip=10.0.0.111/24,gw=10.0.0.1",
        nameserver="10.0.0.13", searchdomain="internal.thinkheads.ai",
    )  # fmt: skip
    finish(api, vm.status.start.post())
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            vm.agent.ping.post()
            return vm
        except ResourceException:
            time.sleep(0.1)
    raise AssertionError("the agent does not answer")


def test_container_starts_with_its_name_address_and_memory(lab: Throwaway, node: Any) -> None:
    ct = container(lab, node, nameserver="10.0.0.13", searchdomain="internal.thinkheads.ai")
    started = time.monotonic()
    finish(lab.api(), ct.status.start.post())
    assert time.monotonic() - started < 5
    seen = lab.node(
        "pct exec 101 -- sh -c 'hostname; ip -4 -o addr show eth0; cat /etc/resolv.conf /proc/self/uid_map'"
    )
    assert "ct101" in seen.stdout
    assert "10.0.0.101/24" in seen.stdout
    assert "nameserver 10.0.0.13" in seen.stdout
    assert "100000" in seen.stdout
    limit = "cat /sys/fs/cgroup/memory/lxc.payload.101/memory.limit_in_bytes"
    assert int(lab.node(limit).stdout) == 256 << 20
    ct.config.put(memory=300)
    assert int(lab.node(limit).stdout) == 300 << 20


def test_exec_keeps_streams_and_exit_code(lab: Throwaway, node: Any) -> None:
    ct = container(lab, node)
    stopped = lab.node("pct exec 101 -- true")
    assert (stopped.returncode, stopped.stderr) == (255, "container '101' not running!\n")
    missing = lab.node("pct exec 999 -- true")
    assert (missing.returncode, "999.conf' does not exist" in missing.stderr) == (2, True)
    finish(lab.api(), ct.status.start.post())
    done = lab.node("pct exec 101 -- sh -c 'cat; echo err >&2; exit 7'", stdin="data on stdin")
    assert (done.returncode, done.stdout, done.stderr) == (7, "data on stdin", "err\n")
    script = "echo x > /tmp/f; pct push 101 /tmp/f /root/f --perms 600 --user 33; pct exec 101 -- ls -ln /root/f; "
    assert "-rw------- 1 33 0 2" in lab.node(script + "pct pull 101 /root/f /tmp/g; cmp /tmp/f /tmp/g").stdout


def test_bind_mount_is_refused_by_token_and_done_by_pct(lab: Throwaway, node: Any) -> None:
    ct = container(lab, node)
    with pytest.raises(ResourceException, match="only allowed for root@pam"):
        ct.config.put(mp0="/quickOS/lxc-persistent-data/x,mp=/data")
    made = "mkdir -p /quickOS/lxc-persistent-data/x; chown 100033:100033 /quickOS/lxc-persistent-data/x; "
    assert lab.node(made + "pct set 101 --mp0 /quickOS/lxc-persistent-data/x,mp=/data").returncode == 0
    finish(lab.api(), ct.status.start.post())
    assert " 33 33 " in lab.node("pct exec 101 -- ls -ldn /data").stdout
    added = "mkdir -p /quickOS/hot; echo hot > /quickOS/hot/file; pct set 101 --mp1 /quickOS/hot,mp=/hot; "
    assert lab.node(added + "pct exec 101 -- cat /hot/file").stdout == "hot\n"


def test_missing_bind_source_fails_the_start(lab: Throwaway, node: Any) -> None:
    ct = container(lab, node)
    assert lab.node("pct set 101 --mp0 /quickOS/nowhere,mp=/data").returncode == 0
    with pytest.raises(AssertionError, match="'/quickOS/nowhere' does not exist"):
        finish(lab.api(), ct.status.start.post())
    assert ct.status.current.get()["status"] == "stopped"


def test_a_changed_address_of_a_running_vm_waits_on_its_cloud_init_drive(lab: Throwaway, node: Any) -> None:
    vm = machine(lab, node)
    before, after = "ip=10.0.0.111/24,gw=10.0.0.1", "ip=10.0.0.112/24,gw=10.0.0.1"
    vm.config.put(ipconfig0=after)
    assert vm.config.get()["ipconfig0"] == after
    assert [each for each in vm.pending.get() if "pending" in each] == []
    (told,) = [each for each in vm.cloudinit.get() if each["key"] == "ipconfig0"]
    assert told == {"key": "ipconfig0", "value": before, "pending": after}
    finish(lab.api(), vm.status.reboot.post())
    (told,) = [each for each in vm.cloudinit.get() if each["key"] == "ipconfig0"]
    assert told == {"key": "ipconfig0", "value": after}


def test_the_other_nodes_guest_is_not_here(lab: Throwaway, node: Any) -> None:
    answer = lab.node("pct config 444")
    assert answer.stderr.strip() == "Configuration file 'nodes/phoenix/lxc/444.conf' does not exist"
    with pytest.raises(ResourceException, match="CT 444 already exists on node 'node2'"):
        node.lxc.post(vmid=444, ostemplate=TEMPLATE, rootfs="quickOS-lxc-disks:2")


def test_clone_and_snapshot_keep_content(lab: Throwaway, node: Any) -> None:
    api = lab.api()
    source = container(lab, node, 900)
    finish(api, source.status.start.post())
    lab.node("pct exec 900 -- sh -c 'echo base > /marker'")
    finish(api, source.status.shutdown.post())
    finish(api, source.clone.post(newid=101, hostname="clone", full=1))
    clone = node.lxc(101)
    clone.config.put(net0="name=eth0,bridge=vmbr0,ip=10.0.0.51/24,gw=10.0.0.1")
    finish(api, clone.status.start.post())
    finish(api, clone.snapshot.post(snapname="before"))
    changed = lab.node("pct exec 101 -- sh -c 'cat /marker; echo changed > /marker; hostname'")
    assert changed.stdout == "base\nclone\n"
    finish(api, clone.snapshot("before").rollback.post(start=1))
    assert lab.node("pct exec 101 -- cat /marker").stdout == "base\n"
    finish(api, clone.snapshot("before").delete())
    finish(api, source.status.start.post())
    assert lab.node("pct exec 900 -- cat /marker").stdout == "base\n"


def test_resize_grows_and_never_shrinks(lab: Throwaway, node: Any) -> None:
    ct = container(lab, node)
    finish(lab.api(), ct.resize.put(disk="rootfs", size="+1G"))
    assert "size=3G" in ct.config.get()["rootfs"]
    with pytest.raises(ResourceException, match="unable to shrink"):
        ct.resize.put(disk="rootfs", size="1G")


def test_power_off_from_inside_is_noticed(lab: Throwaway, node: Any) -> None:
    ct = container(lab, node)
    finish(lab.api(), ct.status.start.post())
    lab.node("pct exec 101 -- systemctl poweroff")
    deadline = time.monotonic() + 30
    while ct.status.current.get()["status"] == "running" and time.monotonic() < deadline:
        time.sleep(0.2)
    assert ct.status.current.get()["status"] == "stopped"
    finish(lab.api(), ct.status.start.post())


def test_machine_gets_its_cloud_init_data(lab: Throwaway, node: Any, tmp_path: Path) -> None:
    vm = machine(lab, node)
    assert "size=20G" in vm.config.get()["scsi0"]
    answer = lab.node("qm guest exec 1001 -- cat /etc/ssh/ssh_host_ed25519_key.pub").stdout
    assert '"exitcode": 0' in answer
    known = tmp_path / "known_hosts"
    known.write_text("10.0.0.111 " + answer.partition('"ssh-')[2].join(["ssh-", ""]).partition("\\n")[0] + "\n")
    options = ["-F", "none", "-o", "BatchMode=yes", "-o", f"UserKnownHostsFile={known}"]
    options += ["-i", str(lab.place.secrets / "id_ed25519")]
    script = "sudo -n id -un; hostname; cloud-init status --wait; sudo mkdir -p /mnt/persistent; "
    script += "sudo mount -t nfs 10.0.0.13:/quickOS/vm-persistent-data /mnt/persistent && echo mounted; "
    script += "sudo mount -t nfs 10.0.0.13:/fastData /mnt/persistent || echo refused"
    done = subprocess.run(
        ["ssh", *options, "phoenix_user@10.0.0.111", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.split("\n")[:5] == ["root", "Portainer", "status: done", "mounted", "refused"], done.stderr


def test_guest_exec_gives_the_commands_own_exit_code(lab: Throwaway, node: Any) -> None:
    machine(lab, node)
    failed = lab.node("qm guest exec 1001 -- sh -c 'echo out; echo err >&2; exit 3'")
    assert failed.returncode == 0
    for part in ('"exitcode": 3', '"exited": 1', '"out-data": "out\\n"', '"err-data": "err\\n"'):
        assert part in failed.stdout


def test_import_needs_an_image_that_exists(lab: Throwaway, node: Any) -> None:
    drive = "quickOS-vm-disks:0,import-from=fastData-shared-iso:import/other.qcow2"
    upid = node.qemu.post(vmid=9001, name="x", scsi0=drive)
    with pytest.raises(AssertionError, match="does not exist"):
        finish(lab.api(), upid)


def test_wrong_token_is_refused(lab: Throwaway) -> None:
    ca = str(lab.place.secrets / "ca.pem")
    api = ProxmoxAPI("10.0.0.13", user="root@pam", token_name="phoenix", token_value="wrong", verify_ssl=ca)
    with lab.network(), pytest.raises(ResourceException, match="401"):
        api.nodes.get()
