"""A new guest that asks for trust, the step command and a certificate has all of it after its first run."""

import pytest
from cryptography import x509

from phoenix.pki.chain import fingerprint
from tests.lab.additions import CERTIFICATES_FILE, GUEST, GUEST_FILE
from tests.lab.certificate_damage import held
from tests.lab.converged import DOMAIN, Cluster

pytestmark = pytest.mark.lab

FEATURES = "features: [trusted_ca, step_cli, nginx]"
ENTRY = f"""
  - name: echo
    common_name: echo.{DOMAIN}
    distribution:
      - guest: 950
        certificate: /etc/nginx/echo.crt
        key: /etc/nginx/echo.key
        reload: {{unit: nginx}}
"""
CA = "https://10.0.0.10:9000"


def test_a_new_guest_trusts_the_ca_knows_it_and_has_its_certificate(cluster: Cluster) -> None:
    guest = GUEST.replace("features: [ollama]", FEATURES).replace("traefik_service: {name: echo, port: 11434}\n", "")
    assert FEATURES in guest
    cluster.put(GUEST_FILE, guest)
    cluster.put(CERTIFICATES_FILE, (cluster.checkout / CERTIFICATES_FILE).read_text() + ENTRY)
    # it has to wait: the CA is down, and comes back by the same run
    cluster.drift("pct exec 103 -- systemctl stop step-ca")
    cluster.up()
    inside = "pct exec 950 -- "
    assert cluster.node(f"{inside}step ca health").strip() == "ok"
    assert '"ok"' in cluster.node(f"{inside}curl -fsS {CA}/health")
    served = x509.load_pem_x509_certificate(cluster.node(f"{inside}cat /etc/nginx/echo.crt").encode())
    assert fingerprint(served) == fingerprint(held(cluster, "echo").leaf)
    assert cluster.node(f"{inside}stat -L -c '%a %U:%G' /etc/nginx/echo.key") == "600 root:root\n"
    cluster.assert_clean()


@pytest.mark.parametrize("vmid", [101, 102])
def test_containers_trust_the_ca_and_know_it(cluster: Cluster, vmid: int) -> None:
    assert cluster.node(f"pct exec {vmid} -- step ca health").strip() == "ok"
    assert '"ok"' in cluster.node(f"pct exec {vmid} -- curl -fsS {CA}/health")


@pytest.mark.parametrize("vmid", [1001, 1002])
def test_machines_trust_the_ca_and_know_it(cluster: Cluster, vmid: int) -> None:
    assert cluster.machine(vmid, "HOME=/root step ca health").strip() == "ok"
    assert '"ok"' in cluster.machine(vmid, f"curl -fsS {CA}/health")
