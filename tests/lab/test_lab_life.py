"""The lab as a whole: it keeps its state, leaves nothing behind, and carries programs inside."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from lab.environment import CHECKOUT
from lab.leftovers import traces
from lab.testing import Throwaway, finish

pytestmark = pytest.mark.lab

TEMPLATE = "fastData-shared-iso:vztmpl/ubuntu-24.04-standard_24.04-2_amd64.tar.zst"


def test_state_survives_down_and_up_and_down_leaves_nothing(lab: Throwaway) -> None:
    with lab.network():
        api = lab.api()
        node = api.nodes("phoenix")
        net = "name=eth0,bridge=vmbr0,ip=10.0.0.190/24,gw=10.0.0.1"
        for vmid in (190, 191):
            fields = {"hostname": f"ct{vmid}", "memory": 256, "net0": net.replace("190/", f"{vmid}/")}
            finish(api, node.lxc.post(vmid=vmid, ostemplate=TEMPLATE, rootfs="quickOS-lxc-disks:2", **fields))
        finish(api, node.lxc(190).status.start.post())
    lab.node("pct exec 190 -- sh -c 'echo kept > /kept'; echo 'address=/a.b/10.0.0.9' > /etc/dnsmasq.d/x.conf")
    assert lab.cli("down").returncode == 0
    assert lab.cli("status").returncode == 3
    before = traces()
    lab.up()
    assert lab.node("pct status 190; pct status 191; pct exec 190 -- cat /kept; cat /etc/dnsmasq.d/x.conf").stdout == (
        "status: running\nstatus: stopped\nkept\naddress=/a.b/10.0.0.9\n"
    )
    assert lab.node("systemctl restart dnsmasq && systemctl is-active dnsmasq").stdout == "active\n"
    assert lab.cli("down").returncode == 0
    deadline = time.monotonic() + 5
    while (left := traces().added(before, lab.place.name)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert left == []
    others = [entry for entry in traces().added(before) if entry.startswith("mounts:") or "lxc.pivot" in entry]
    assert others == []
    lab.up()
    with lab.network():
        finish(api, node.lxc(190).status.stop.post())
        for vmid in (190, 191):
            finish(api, node.lxc(vmid).delete())


def test_up_again_does_nothing(lab: Throwaway) -> None:
    again = lab.cli("up")
    assert again.returncode == 0
    assert "up already" in again.stdout


def test_exec_keeps_directory_streams_environment_and_exit_code(lab: Throwaway, tmp_path: Path) -> None:
    script = "pwd; cat; echo $PHOENIX_REGISTRY_MIRROR; ssh root@10.0.0.13 hostname; exit 7"
    command = [str(CHECKOUT / "bin" / "lab"), "exec", "--", "sh", "-c", script]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env=lab.environment,
        input="in\n",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 7, done.stderr
    assert done.stdout.split("\n")[:4] == [str(tmp_path), "in", "https://10.0.0.13:5000", "phoenix"]


def test_exec_has_no_way_out(lab: Throwaway) -> None:
    routes = lab.cli("exec", "--", "ip", "route").stdout
    assert "10.0.0.0/24" in routes
    assert "default" not in routes


def test_exec_forwards_signals(lab: Throwaway) -> None:
    script = "trap 'echo caught; exit 5' TERM; echo ready; while :; do sleep 0.1; done"
    command = [str(CHECKOUT / "bin" / "lab"), "exec", "--", "sh", "-c", script]
    process = subprocess.Popen(command, env=lab.environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    os.kill(process.pid, signal.SIGTERM)
    assert process.stdout.readline() == "caught\n"
    assert process.wait(30) == 5


def test_missing_command_is_127(lab: Throwaway) -> None:
    missing = lab.cli("exec", "--", "no-such-command")
    assert (missing.returncode, "no-such-command" in missing.stderr) == (127, True)


def test_registry_and_mirror_answer(lab: Throwaway) -> None:
    with lab.network():
        ca = str(lab.place.secrets / "ca.pem")
        registry = ["curl", "-fsS", "--cacert", ca, "https://10.0.0.13:5000/v2/"]
        assert subprocess.run(registry, capture_output=True, text=True, timeout=20, check=False).stdout == "{}"
        mirror = ["curl", "-fsS", "-o", "/dev/null", "http://10.0.0.13:8081/"]
        assert subprocess.run(mirror, capture_output=True, text=True, timeout=20, check=False).returncode == 0


def test_exec_trusts_only_the_clusters_root_once_there_is_one(lab: Throwaway) -> None:
    root = lab.place.cluster_root
    root.parent.mkdir(parents=True)
    root.write_text((lab.place.secrets / "ca.pem").read_text())
    try:
        trusted = lab.cli("exec", "--", "sh", "-c", "ls /etc/ssl/certs; curl -fsS https://10.0.0.13:5000/v2/")
        assert trusted.stdout == "ca-certificates.crt\n{}", trusted.stderr
    finally:
        root.unlink()
    distrusted = lab.cli("exec", "--", "curl", "-fsS", "https://10.0.0.13:5000/v2/")
    assert distrusted.returncode == 60
