"""The node's dnsmasq and firewall beside what others have in them, on a node with systemd and its own dnsmasq."""

import json
import sys
from collections.abc import Iterator

import pytest

from lab.testing import Throwaway

pytestmark = pytest.mark.lab
FIREWALL = "[ALIASES]\n\noffice 192.0.2.1 # theirs\n\n[RULES]\n\nIN DROP -source office\n\n[group web]\n\nIN ACCEPT\n"
CORP = "server=/corp.example/192.0.2.53\nhost-record=printer.corp.example,192.0.2.9\n"
UNITS = "dnsmasq pve-firewall"


@pytest.fixture
def node(lab: Throwaway) -> Iterator[Throwaway]:
    """The lab; afterwards the node's files are as they were."""
    lab.node("cp /etc/resolv.conf /root/resolv.before; ls /etc/dnsmasq.d > /root/dnsmasq.before")
    yield lab
    lab.node(
        "cat /root/resolv.before > /etc/resolv.conf; rm -rf /etc/pve/firewall/*.fw /var/lib/phoenix/file-sets\n"
        "cd /etc/dnsmasq.d; for f in *; do grep -qxF $f /root/dnsmasq.before || rm $f; done\n"
        f"systemctl enable -q {UNITS}; systemctl restart {UNITS}"
    )


def converge(lab: Throwaway) -> list[str]:
    done = lab.cli("exec", "--", sys.executable, "-m", "tests.lab.node_files")
    assert done.returncode == 0, done.stderr
    said: list[str] = json.loads(done.stdout.splitlines()[-1])
    return said


def test_files_of_others_stay_and_units_start_again(node: Throwaway) -> None:
    node.node("mkdir -p /etc/pve/firewall; cat > /etc/pve/firewall/cluster.fw", stdin=FIREWALL)
    node.node("cat > /etc/dnsmasq.d/90-corp", stdin=CORP)
    assert [each.partition(":")[0] for each in converge(node)] == ["dnsmasq", "firewall"]
    assert converge(node) == []
    merged = node.node("cat /etc/pve/firewall/cluster.fw").stdout
    for part in (
        "office 192.0.2.1 # theirs\n",
        "# phoenix: ",
        "IN DROP -source office\n",
        "[group web]\n\nIN ACCEPT\n",
    ):
        assert part in merged
    assert node.node("cat /etc/dnsmasq.d/90-corp").stdout == CORP
    dropped = [line for line in node.node("pve-firewall compile").stdout.splitlines() if line.startswith("#")]
    assert dropped == []
    ask = "getent ahostsv4 printer.corp.example | head -1; getent ahostsv4 step-ca.internal.thinkheads.ai | head -1"
    assert [line.split()[0] for line in node.node(ask).stdout.splitlines()] == ["192.0.2.9", "10.0.0.10"]

    node.node(f"systemctl disable -q {UNITS}")
    told = converge(node)
    assert [each.partition(": reload: no: ")[2] for each in told] == [
        f"{unit} does not start with the machine: disabled" for unit in UNITS.split()
    ]
    assert node.node(f"systemctl is-enabled {UNITS}").stdout.split() == ["enabled", "enabled"]
    assert converge(node) == []

    node.node("echo bind-dynamic >> /etc/dnsmasq.d/90-corp")
    before = node.node("systemctl show -P ExecMainPID dnsmasq").stdout
    refused = node.cli("exec", "--", sys.executable, "-m", "tests.lab.node_files")
    assert refused.returncode == 1
    assert "/etc/dnsmasq.d/90-corp, line 3: `bind-dynamic`: dnsmasq does not start" in refused.stderr
    assert node.node("systemctl show -P ExecMainPID dnsmasq").stdout == before
