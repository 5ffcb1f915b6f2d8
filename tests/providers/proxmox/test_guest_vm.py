"""Virtual machines against a fake Proxmox API and real SSH servers: image, template, clone, cloud-init, waiting."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from phoenix.errors import OperationError
from phoenix.providers.proxmox.guest import ready
from phoenix.providers.proxmox.guest.plan import Action
from phoenix.providers.proxmox.guest.vm import VmReconciler
from phoenix.specs.guest import VmSpec
from tests.providers.core.convergence import reached
from tests.providers.proxmox import pve_host
from tests.providers.proxmox.pve_host import PveHost

VM = VmReconciler()
KEY = "ssh-ed25519 AAAAC3Nz+/aB= operator"
QM = """
echo "qm $*" >> "$CALLS"
case "$1 $3" in
  "agent ping") echo x >> "$SANDBOX/pings"
    [ "$(wc -l < "$SANDBOX/pings")" -gt 2 ] || { echo "agent is not running" >&2; exit 255; } ;;
  "guest "*)
    printf '{"exitcode": 0, "exited": 1, "out-data": "%s\\\\n"}\\n' "$(cat "$SANDBOX/host_key.pub")" ;;
esac
"""


@pytest.fixture
def host(fakepve: Any, fakepve_cafile: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PveHost]:
    for started in pve_host.serve(fakepve, fakepve_cafile, tmp_path, monkeypatch):
        started.ssh.script("qm", QM)
        yield started


def converge(host: PveHost, desired: VmSpec) -> list[Action]:
    return reached(VM, host.settings, desired)


@pytest.fixture
def template(host: PveHost) -> VmSpec:
    """The existing template 9000 of 3 GiB."""
    host.pve.storages["local-lvm"]["volumes"] = {
        "base-9000-disk-0": {"content": "images", "format": "raw", "size": 3 * 1024**3, "vmid": 9000}
    }
    config = {"scsi0": "local-lvm:base-9000-disk-0,size=3G", "ide2": "local-lvm:vm-9000-cloudinit,media=cdrom"}
    config |= {"template": "1", "cores": "2", "memory": "1024", "agent": "1", "onboot": "0"}
    config |= {"net0": "virtio=BC:24:11:00:00:01,bridge=vmbr0,firewall=1", "ipconfig0": "ip=dhcp"}
    host.pve.add_vm(9000, "image", config=config, template=True)
    return host.vm(disk_gb=3, template=True, network={"bridge": "vmbr0", "address": "dhcp", "firewall": True})


def clone(host: PveHost, **given: Any) -> VmSpec:
    network = {"bridge": "vmbr0", "address": "127.0.0.2/8", "gateway": "127.0.0.1", "firewall": True}
    plain = {"vmid": 1001, "name": "Portainer", "source": {"kind": "clone", "vmid": 9000}, "disk_gb": 3}
    plain |= {"network": network, "running": True, "user": "someone", "ssh_public_key": KEY}
    return host.vm(**{**plain, **given})


def test_an_existing_template_is_taken_over_untouched(host: PveHost, template: VmSpec) -> None:
    assert converge(host, template) == []
    assert host.requests("PUT") == host.requests("POST") == []


def test_an_image_is_imported_with_what_cloud_init_needs(host: PveHost) -> None:
    desired = host.vm(disk_gb=3)
    for action in VM.plan(None, desired)[:1]:
        VM.perform(host.settings, desired, action)
    create = next(body for method, path, body in host.pve.requests if (method, path[-5:]) == ("POST", "/qemu"))
    sent = unquote(create.decode() if isinstance(create, bytes) else str(create))
    for part in (
        "import-from=local:import/noble.qcow2",
        "ide2=local-lvm:cloudinit",
        "serial0=socket",
        "scsihw=virtio-scsi-single",
        "boot=order=scsi0",
    ):
        assert part in sent
    assert host.pve.vm(9000).config["ide2"].endswith("media=cdrom")


@pytest.mark.usefixtures("template")
def test_a_clone_gets_its_own_configuration_and_is_waited_for(host: PveHost) -> None:
    converge(host, clone(host, nameserver="10.0.0.13", search_domain="example.org", tags=["swarm"], onboot=True))
    vm = host.pve.vm(1001)
    assert vm.status == "running"
    assert unquote(vm.config["sshkeys"]) == KEY
    assert vm.config["ciuser"] == "someone"
    assert vm.config["ipconfig0"] == "ip=127.0.0.2/8,gw=127.0.0.1"
    assert vm.config["net0"].startswith("virtio=BC:24:11:")
    assert "BC:24:11:00:00:01" not in vm.config["net0"]
    calls = host.ssh.calls()
    assert calls.count("qm agent 1001 ping") == 3
    # the key that the VM's own SSH is checked against came through the node
    assert any(call.startswith("qm guest exec 1001 -- cat /etc/ssh/ssh_host") for call in calls)


@pytest.mark.usefixtures("template")
def test_a_clone_has_no_user_that_it_was_not_given(host: PveHost) -> None:
    host.pve.vm(9000).config |= {"ciuser": "maker", "sshkeys": "ssh-ed25519%20BBBB", "tags": "golden"}
    converge(host, clone(host, user=None, ssh_public_key=None, running=False))
    assert not {"ciuser", "sshkeys", "tags"} & set(host.pve.vm(1001).config)


@pytest.mark.usefixtures("template")
def test_a_silent_agent_is_an_error_within_the_limit(host: PveHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ready, "VM_SECONDS", 0.5)
    host.ssh.script("qm", "echo the agent is not running >&2; exit 255")
    with pytest.raises(OperationError, match=r"wait for its guest agent .*agent is not running\n.*qm terminal 1001"):
        converge(host, clone(host))


@pytest.mark.usefixtures("template")
def test_a_login_that_fails_is_an_error_within_the_limit(host: PveHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ready, "VM_SECONDS", 1.5)
    (host.ssh.sandbox / "host_key.pub").write_text(
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGb9E4d7zKQfJ8mJ0c0m1gL1o5q9bX7Z5mYbq5XU1vYk"
    )
    with pytest.raises(OperationError, match=r"wait for SSH as someone .*host key"):
        converge(host, clone(host))


@pytest.mark.usefixtures("template")
def test_memory_of_a_running_one_waits_for_permission_to_restart(host: PveHost) -> None:
    converge(host, clone(host))
    with pytest.raises(OperationError, match=r"apply memory_mb .*only with a restart"):
        converge(host, clone(host, memory_mb=4096))
    assert host.pve.vm(1001).status == "running"
    converge(host, clone(host, memory_mb=4096, allow_reboot=True))
    assert str(host.pve.vm(1001).config["memory"]) == "4096"


BY_CLOUD_INIT: list[tuple[dict[str, Any], str]] = [
    ({"network": {"bridge": "vmbr0", "address": "127.0.0.2/9", "gateway": "127.0.0.1", "firewall": True}}, "network"),
    ({"ssh_public_key": KEY.replace("operator", "successor")}, "ssh_public_key"),
    ({"user": "somebody"}, "user"),
    ({"nameserver": "10.0.0.13"}, "nameserver"),
    ({"search_domain": "example.org"}, "search_domain"),
]


@pytest.mark.usefixtures("template")
@pytest.mark.parametrize(("change", "field"), BY_CLOUD_INIT)
def test_what_comes_by_cloud_init_waits_for_a_restart(host: PveHost, change: dict[str, Any], field: str) -> None:
    """Proxmox has it in the configuration at once, and writes it onto the drive at the next start."""
    first = clone(host)
    converge(host, first)
    began = host.pve.vm(1001).started_at
    for _ in range(2):  # set, then still waiting
        with pytest.raises(OperationError, match=rf"apply {field} .*only with a restart"):
            converge(host, clone(host, **change))
        assert host.pve.vm(1001).pending == {}
    assert host.pve.vm(1001).started_at == began
    converge(host, clone(host, allow_reboot=True, **change))
    assert host.pve.vm(1001).started_at != began


@pytest.mark.usefixtures("template")
def test_what_is_set_back_to_what_the_drive_has_needs_no_restart(host: PveHost) -> None:
    converge(host, clone(host, nameserver="10.0.0.13"))
    with pytest.raises(OperationError, match="apply nameserver "):
        converge(host, clone(host, nameserver="10.0.0.14"))
    converge(host, clone(host, nameserver="10.0.0.13"))
    assert [path for path in host.requests("POST") if path.endswith("shutdown")] == []


@pytest.mark.usefixtures("template")
def test_a_vm_without_such_a_drive_waits_for_nothing(host: PveHost) -> None:
    converge(host, clone(host))
    del host.pve.vm(1001).config["ide2"]
    converge(host, clone(host, nameserver="10.0.0.14"))


ANYTIME = [{"description": "x"}, {"tags": ["b", "a"]}, {"onboot": True}, {"boot_order": 4, "boot_delay": 2}]


@pytest.mark.parametrize("change", ANYTIME, ids=lambda change: next(iter(change)))
@pytest.mark.usefixtures("template")
def test_what_needs_no_restart_gets_none(host: PveHost, change: dict[str, Any]) -> None:
    converge(host, clone(host))
    host.pve.requests.clear()
    converge(host, clone(host, **change))
    assert host.requests("POST") == []


@pytest.mark.usefixtures("template")
def test_a_disk_grows_by_a_call_of_its_own(host: PveHost) -> None:
    converge(host, clone(host, running=False))
    desired = clone(host, running=False, disk_gb=32)
    seen = VM.observe(host.settings, desired)
    assert seen is not None
    (action,) = VM.plan(seen.live, desired)
    VM.perform(host.settings, desired, action)
    body = next(body for method, path, body in reversed(host.pve.requests) if path.endswith("/1001/resize"))
    assert "disk=scsi0" in str(body)
    assert "size=32G" in str(body)


def test_it_becomes_a_template_and_no_guest_again(host: PveHost) -> None:
    host.pve.add_vm(
        9000,
        "image",
        status="running",
        config={"scsi0": "local-lvm:vm-9000-disk-0,size=8G", "cores": "2", "memory": "1024", "agent": "1"},
    )
    converge(host, host.vm(template=True))
    assert host.pve.vm(9000).template
    with pytest.raises(OperationError, match="set template: true"):
        converge(host, host.vm())


@pytest.mark.usefixtures("template")
def test_removal_stops_it_first(host: PveHost) -> None:
    converge(host, clone(host, protection=True))
    with pytest.raises(OperationError, match="it is protected"):
        VM.remove(host.settings, clone(host))
    converge(host, clone(host))
    VM.remove(host.settings, clone(host))
    assert host.pve.vm(1001) is None
    VM.remove(host.settings, clone(host))
