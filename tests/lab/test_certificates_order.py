"""No race: whatever is slow, late or restarted, all are issued before any is distributed, and all users agree."""

import re
import subprocess
import threading
from collections.abc import Callable

import pytest
from cryptography import x509

from lab.environment import CHECKOUT
from phoenix.pki.chain import fingerprint
from phoenix.pki.keys import matches
from tests.lab.certificate_damage import directory, held
from tests.lab.converged import CONVERGE_LIMIT, Cluster

pytestmark = pytest.mark.lab

STEP = re.compile(
    r"^ [~+-]+\s+pulumi-python:dynamic/phoenix:\w+ (\S+) (?:updating|updated|creating|created|replacing|replaced)", re.M
)
ALL = {"PHOENIX_RENEW_CERTIFICATES": "*"}
SERVED = {
    "nginx": (101, "10.0.0.153:443"),
    "traefik": (102, "10.0.0.12:443"),
    "docker-daemon": (1001, "10.0.0.111:2376"),
    "drphoenix-agent": (1002, "10.0.0.102:2376"),
    "portainer": (1001, "10.0.0.111:9443"),
}
"""Who uses it, and where; asked from within the guest, since the firewall lets few others in."""
# seven of eight moments the CA says nothing, for two seconds each
_SLOW = """
for turn in $(seq 40); do systemctl kill -s STOP step-ca; sleep 2; systemctl kill -s CONT step-ca; sleep 0.3; done
"""


def daemons(cluster: Cluster) -> str:
    """Which processes are the Docker daemons, and what ends TLS for them."""
    look = "systemctl show -p Id -p MainPID docker docker-tls"
    return cluster.machine(1001, look) + cluster.machine(1002, look)


def renew_all(cluster: Cluster, react: Callable[[str], None] = lambda _line: None) -> tuple[int, str]:
    """A run that renews everything, told line by line to `react`; its exit code and what it said."""
    cluster.settled = False
    command = [str(CHECKOUT / "bin" / "lab"), "exec", "--", "env", *(f"{key}={value}" for key, value in ALL.items())]
    said = []
    with subprocess.Popen(
        [*command, str(cluster.checkout / "bin" / "phoenix"), "up", "--stack", "dev"],
        cwd=cluster.checkout,
        env=cluster.lab.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        watchdog = threading.Timer(CONVERGE_LIMIT, process.kill)
        watchdog.start()
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line)
            react(line)
        code = process.wait()
        watchdog.cancel()
    return code, "".join(said)


def assert_in_order(text: str) -> None:
    """Every certificate was done before the first copy or secret was begun, and all of these before Portainer."""
    steps = STEP.findall(text)
    issued = [number for number, name in enumerate(steps) if name.startswith("certificate-")]
    handed_out = [number for number, name in enumerate(steps) if name.startswith(("copy-", "secret-"))]
    portainer = [number for number, name in enumerate(steps) if name == "stack-portainer_service"]
    assert len(issued) == 2 * 8, steps
    assert issued[-1] < handed_out[0], steps
    assert handed_out[-1] < portainer[0], steps


def assert_whole(cluster: Cluster) -> None:
    """Every pair matches, every user serves what the node holds, nothing is left to do."""
    for folder in directory(cluster, "nginx").parent.iterdir():
        assert matches((folder / "key.pem").read_bytes(), held(cluster, folder.name).leaf), folder.name
    for name, (vmid, address) in SERVED.items():
        ask = f"timeout 20 openssl s_client -connect {address} </dev/null 2>/dev/null | openssl x509"
        inside = cluster.machine(vmid, ask) if vmid > 1000 else cluster.node(f"pct exec {vmid} -- sh -c '{ask}'")
        served = x509.load_pem_x509_certificate(inside.encode())
        assert fingerprint(served) == fingerprint(held(cluster, name).leaf), name
    cluster.assert_clean()
    cluster.settled = True


def test_a_ca_that_is_slow(cluster: Cluster) -> None:
    before = daemons(cluster)
    slowing = threading.Thread(target=cluster.lab.node, args=[f"pct exec 103 -- sh -c '{_SLOW}'"])
    slowing.start()
    try:
        code, text = renew_all(cluster)
    finally:
        slowing.join(180)
        cluster.node("pct exec 103 -- systemctl kill -s CONT step-ca")
    assert code == 0, text
    assert_in_order(text)
    assert_whole(cluster)
    # no Docker daemon is restarted for a certificate, and not even what ends TLS in front of it
    assert daemons(cluster) == before


def test_a_swarm_that_is_late(cluster: Cluster) -> None:
    """The manager's engine is there, but does not answer for the first twenty seconds."""
    cluster.machine(1001, "systemctl kill -s STOP docker")
    late = threading.Timer(20.0, cluster.machine, (1001, "systemctl kill -s CONT docker"))
    late.start()
    try:
        code, text = renew_all(cluster)
    finally:
        late.join(60)
    assert code == 0, text
    assert_in_order(text)
    assert_whole(cluster)


@pytest.mark.parametrize("moment", ["certificate-", "copy-", "secret-"])
def test_a_manager_that_is_restarted_in_between(cluster: Cluster, moment: str) -> None:
    """Its engine goes away when the first certificate, copy or secret is done; the next run finishes what this one
    could not."""
    restarted = threading.Event()
    restarting = threading.Thread(target=cluster.machine, args=(1001, "systemctl restart docker"))

    def react(line: str) -> None:
        done = STEP.match(line)
        if done and done[1].startswith(moment) and "updated" in line and not restarted.is_set():
            restarted.set()
            restarting.start()

    code, text = renew_all(cluster, react)
    assert restarted.is_set(), text
    restarting.join(60)
    if code == 0:
        assert_in_order(text)
    else:
        assert re.search(r"VM 1001|guest 1001|10\.0\.0\.111", text), text
        cluster.up()
    assert_whole(cluster)
