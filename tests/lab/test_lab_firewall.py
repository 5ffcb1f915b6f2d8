"""The firewall files: what pve-firewall leaves out, and what the rules let through between guests."""

import subprocess
import time
from collections.abc import Iterator

import pytest

from lab.testing import Throwaway, finish
from phoenix.providers.files.shared.firewall import with_ours, without_ours
from phoenix.specs.firewall import Group, Part, render

pytestmark = pytest.mark.lab

TEMPLATE = "fastData-shared-iso:vztmpl/ubuntu-24.04-standard_24.04-2_amd64.tar.zst"
CLUSTER = """[OPTIONS]

enable: 1
policy_in: DROP

[RULES]

IN ACCEPT -source 10.0.0.0/24 -p udp -dport 53 # names

[group guest-195] # a web server

IN ACCEPT -source 10.0.0.50 -p tcp -dport 80
IN REJECT -source 10.0.0.50 -p tcp -dport 81
"""
GUEST = "[OPTIONS]\n\nenable: 1\n\n[RULES]\n\nGROUP guest-195\n"
REFUSED, SILENT = 7, 28  # curl's exit codes


@pytest.fixture(scope="module")
def containers(lab: Throwaway) -> Iterator[None]:
    """Three running containers, 10.0.0.195 and 10.0.0.197 with their cards' firewall on and 10.0.0.196."""
    with lab.network():
        api = lab.api()
        node = api.nodes("phoenix")
        for vmid, more in ((195, ",firewall=1"), (196, ""), (197, ",firewall=1")):
            net = f"name=eth0,bridge=vmbr0,ip=10.0.0.{vmid}/24,gw=10.0.0.1{more}"
            fields = {"hostname": f"ct{vmid}", "memory": 256, "net0": net, "rootfs": "quickOS-lxc-disks:2", "start": 1}
            finish(api, node.lxc.post(vmid=vmid, ostemplate=TEMPLATE, **fields))
        yield
        for vmid in (195, 196, 197):
            finish(api, node.lxc(vmid).status.stop.post())
            finish(api, node.lxc(vmid).delete())


@pytest.fixture
def guests(lab: Throwaway, containers: None) -> Iterator[None]:  # noqa: ARG001
    """Those, and after the test no firewall file."""
    with lab.network():
        yield
        lab.node("rm -f /etc/pve/firewall/*.fw; systemctl restart pve-firewall")


def put(lab: Throwaway, **files: str) -> None:
    """Write files of /etc/pve/firewall; names without their ending."""
    for name, text in files.items():
        assert lab.node(f"cat > /etc/pve/firewall/{name.removeprefix('guest')}.fw", stdin=text).returncode == 0


def reach(port: int, guest: int = 195) -> int:
    """curl's exit code for a port of a guest, from the workstation."""
    command = ["curl", "-s", "-m", "1", f"http://10.0.0.{guest}:{port}/"]
    return subprocess.run(command, capture_output=True, timeout=20, check=False).returncode


@pytest.mark.usefixtures("guests")
def test_rules_hold_between_guests(lab: Throwaway) -> None:
    assert reach(80) == reach(82) == REFUSED  # nothing listens, nothing hinders
    put(lab, cluster=CLUSTER, guest195=GUEST)
    assert lab.node("systemctl reload-or-restart pve-firewall").returncode == 0
    assert lab.node("pve-firewall status").stdout == "Status: enabled/running\n"
    assert reach(80) == REFUSED  # let through to a closed port
    assert reach(82) == SILENT  # dropped
    other = lab.node("pct exec 196 -- curl -s -m 1 http://10.0.0.195:80/")
    assert other.returncode == SILENT
    outward = lab.node("pct exec 195 -- ping -c 1 -W 1 10.0.0.196")
    assert outward.returncode == 0, outward.stdout
    assert lab.node("pct exec 195 -- curl -fsS -o /dev/null -m 2 http://10.0.0.13:8081/").returncode == 0
    put(lab, guest195=GUEST.replace("enable: 1", "enable: 0"))
    deadline = time.monotonic() + 10
    while reach(82) != REFUSED and time.monotonic() < deadline:
        time.sleep(0.3)
    assert reach(82) == REFUSED  # a changed file is taken up without a restart


THEIRS = """[OPTIONS]

enable: 1

[ALIASES]

Desk 10.0.0.50 # the workstation

[IPSET spam]

192.0.2.0/24

[RULES]

IN DROP -source +spam

[group web]

IN ACCEPT -source desk -p tcp -dport 80
"""
OURS = render(
    Part(
        {"enable": "1", "policy_in": "DROP", "policy_out": "ACCEPT"},
        ("IN ACCEPT -source 10.0.0.0/24 -p tcp -dport 22 # phoenix: SSH",),
        {"guest-195": Group("phoenix: ct195", ("IN ACCEPT -source desk -p tcp -dport 81",))},
    )
)


@pytest.mark.usefixtures("guests")
def test_a_guest_of_others_keeps_its_rules_beside_ours(lab: Throwaway) -> None:
    """197 is of others, by an alias and a group of theirs; 195 is ours, and names that alias too."""
    theirs = "[OPTIONS]\n\nenable: 1\n\n[RULES]\n\nGROUP web\n"
    put(lab, cluster=THEIRS, guest197=theirs)
    assert lab.node("systemctl reload-or-restart pve-firewall").returncode == 0
    assert (reach(80, 197), reach(81, 197), reach(82)) == (REFUSED, SILENT, REFUSED)
    put(lab, cluster=with_ours(THEIRS, OURS), guest195=GUEST)
    assert lab.node("systemctl reload-or-restart pve-firewall").returncode == 0
    assert [line for line in lab.node("pve-firewall compile").stdout.splitlines() if line.startswith("#")] == []
    assert (reach(80, 197), reach(81, 197)) == (REFUSED, SILENT)
    assert (reach(81), reach(82)) == (REFUSED, SILENT)
    merged = lab.node("cat /etc/pve/firewall/cluster.fw").stdout
    put(lab, cluster=without_ours(merged, OURS))
    assert lab.node("rm /etc/pve/firewall/195.fw; systemctl reload-or-restart pve-firewall").returncode == 0
    assert (reach(80, 197), reach(81, 197), reach(82)) == (REFUSED, SILENT, REFUSED)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("IN ACCEPT iface vmbr0 -p tcp", "unable to parse rule parameters: iface vmbr0 -p tcp"),
        ("IN ACCEPT -p tcp -dport 99999", "invalid port '99999'"),
        ("IN ALLOW -p tcp", "unknown action 'ALLOW'"),
        ("IN ACCEPT -dport 80", "'dport' requires this property"),
        ("IN ACCEPT -source 10.0.0.300", "not a valid IP or CIDR: 10.0.0.300"),
        ("IN ACCEPT -source +nobody", "no such ipset 'nobody'"),
        ("GROUP nobody", "no such security group 'nobody'"),
        ("IN", "unable to parse rule: IN"),
    ],
)
def test_a_bad_line_is_named_and_left_out(lab: Throwaway, line: str, words: str) -> None:
    with lab.network():
        put(lab, cluster=f"[OPTIONS]\nenable: 1\n[RULES]\n{line}\nIN ACCEPT -p tcp -dport 1\n")
        compiled = lab.node("pve-firewall compile")
        lab.node("rm /etc/pve/firewall/cluster.fw")
        assert compiled.returncode == 0
        named, *_ = compiled.stdout.splitlines()
        assert named.startswith("# cluster.fw (line 4) - ")
        assert words in named
        assert "tcp dport 1 counter accept" in compiled.stdout


def test_macros_sets_and_aliases_become_rules(lab: Throwaway) -> None:
    text = "[OPTIONS]\nenable: 1\n[ALIASES]\nadmin 10.0.0.50\n[IPSET dns]\n10.0.0.1\n10.0.0.2 # two\n"
    text += "[RULES]\nIN SSH(ACCEPT) -source admin\nIN DNS(ACCEPT) -source +dns\n|IN ACCEPT -p tcp -dport 1\n"
    with lab.network():
        put(lab, cluster=text)
        rules = lab.node("pve-firewall compile").stdout
        lab.node("rm /etc/pve/firewall/cluster.fw")
    assert "ip saddr 10.0.0.50 tcp dport 22 counter accept" in rules
    assert "ip saddr { 10.0.0.1, 10.0.0.2 } udp dport 53 counter accept" in rules
    assert "dport 1 " not in rules
