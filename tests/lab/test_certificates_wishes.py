"""One certificate with every wish that the manifest knows: made so, its users told, and revoked when it goes."""

import json
import re
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from phoenix.clients.step_ca import StepCa, StepCaError
from phoenix.pki import tokens
from phoenix.pki.chain import Chain, fingerprint
from tests.lab.additions import CERTIFICATES_FILE
from tests.lab.certificate_damage import directory, held, issue, put
from tests.lab.converged import DOMAIN, Cluster, said_of_failure
from tests.lab.test_certificates_alone import alone
from tests.lab.test_certificates_reasons import CHANGED

pytestmark = pytest.mark.lab

ENTRY = """
  - name: wishes
    common_name: wishes.internal.thinkheads.ai
    sans: [10.0.0.111]
    kind: client
    key_type: rsa2048
    lifetime_hours: 20
    owner: root:www-data
    key_mode: "0640"
    distribution:
      - guest: 1001
        certificate: /etc/wishes/cert.pem
        bundle: full
        key: /etc/wishes/key.pem
        reload: {service: qdrant_service/qdrant}
      - guest: 1002
        certificate: /etc/wishes/cert.pem
        bundle: leaf
        key: /etc/wishes/key.pem
        reload: {container: helper}
"""
QDRANT = "qdrant_service-development_qdrant"
TASKS = f"docker service ps --quiet {QDRANT} | wc -l"
STARTED = "docker inspect -f '{{.State.StartedAt}}' helper"


def in_guest(cluster: Cluster, vmid: int) -> list[x509.Certificate]:
    """The certificates in the file that the guest has."""
    return x509.load_pem_x509_certificates(cluster.machine(vmid, "cat /etc/wishes/cert.pem").encode())


def refused(cluster: Cluster, chain: Chain, key: rsa.RSAPrivateKey) -> int:
    """The status with which the CA refuses to renew the certificate, 0 when it does not."""
    with cluster.lab.network():
        ca = StepCa("https://10.0.0.10:9000", cluster.lab.place.cluster_root.read_text())
        ca.wait()
        parts = (chain.leaf, *chain.intermediates)
        claims = tokens.renewal_claims(parts, f"{ca.url}/1.0/renew", chain.common_name, ca.now())
        signature = key.sign(claims, padding.PKCS1v15(), hashes.SHA256())
        try:
            ca.renew(tokens.renewal_token(claims, signature, chain.leaf))
        except StepCaError as error:
            return error.status
    return 0


def test_every_wish_of_the_manifest(cluster: Cluster) -> None:
    cluster.machine(1002, "docker run --detach --name helper --network none qdrant/qdrant")
    try:
        wished_for(cluster)
    finally:
        cluster.machine(1002, "docker rm --force helper")


def wished_for(cluster: Cluster) -> None:
    text = (cluster.checkout / CERTIFICATES_FILE).read_text()
    tasks, started = cluster.machine(1001, TASKS), cluster.machine(1002, STARTED)
    cluster.put(CERTIFICATES_FILE, text + ENTRY)
    cluster.up()
    cluster.assert_clean()
    chain = held(cluster, "wishes")
    assert isinstance(chain.leaf.public_key(), rsa.RSAPublicKey)
    assert chain.lifetime < timedelta(hours=20, minutes=10)
    files = cluster.node("cd /quickOS/certificates/wishes; stat -L -c '%a %U:%G' cert.pem key.pem; stat -c %a .")
    assert files.split("\n")[:3] == ["644 root:www-data", "640 root:www-data", "750"]
    full, leaf = in_guest(cluster, 1001), in_guest(cluster, 1002)
    assert [fingerprint(each[0]) for each in (full, leaf)] == [fingerprint(chain.leaf)] * 2
    assert (len(full), len(leaf)) == (3, 1)
    assert full[2] == x509.load_pem_x509_certificate(cluster.lab.place.cluster_root.read_bytes())
    assert cluster.machine(1001, TASKS) != tasks
    assert cluster.machine(1002, STARTED) != started

    # near its end: its users are told again, and nobody else
    names, left = ["10.0.0.111"], timedelta(hours=8)
    put(cluster, "wishes", *issue(cluster, f"wishes.{DOMAIN}", names, left=left))
    preview = cluster.run("pulumi", "preview", "--stack", "dev", "--non-interactive").stdout
    assert re.search(r"^ +certificate/wishes: renew: key type differs: p256, wanted rsa2048$", preview, re.M), preview
    started = cluster.machine(1002, STARTED)
    done = alone(cluster)
    assert done.returncode == 0, said_of_failure(done)
    # the service's own stack counts a start by force as no change
    assert set(CHANGED.findall(done.stdout)) == {"certificate-wishes", "copy-wishes-1001", "copy-wishes-1002"}
    cluster.assert_clean()
    assert cluster.machine(1002, STARTED) != started
    assert cluster.codes(f"https://qdrant.{DOMAIN}/") == {f"https://qdrant.{DOMAIN}/": "200"}

    chain = held(cluster, "wishes")
    key = load_pem_private_key((directory(cluster, "wishes") / "key.pem").read_bytes(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    assert refused(cluster, chain, key) == 0
    cluster.restore()
    cluster.up()
    cluster.assert_clean()
    assert refused(cluster, chain, key) == 401
    assert not directory(cluster, "wishes").exists()
    for vmid in (1001, 1002):
        assert cluster.machine(vmid, "ls -A /etc/wishes") == ""


def test_a_certificate_that_moves_takes_its_users_along(cluster: Cluster) -> None:
    old = "/etc/nginx/ssl/nginx.internal.thinkheads.ai.crt"
    cluster.edit(CERTIFICATES_FILE, f"certificate: {old}", "certificate: /etc/nginx/ssl/moved.crt")
    cluster.up()
    cluster.assert_clean()
    assert cluster.node("pct exec 101 -- sh -c 'nginx -t 2>&1; ls /etc/nginx/ssl/*.crt'").count("moved.crt") == 1
    assert cluster.node(f"pct exec 101 -- sh -c '[ -e {old} ] || echo gone'") == "gone\n"
    assert cluster.codes(f"https://nginx.{DOMAIN}/") == {f"https://nginx.{DOMAIN}/": "200"}


def test_what_nobody_has_is_refused_before_anything_is_touched(cluster: Cluster) -> None:
    text = (cluster.checkout / CERTIFICATES_FILE).read_text()
    wrong = ENTRY.replace("qdrant_service/qdrant", "qdrant_service/qdrnat").replace(
        "lifetime_hours: 20", "lifetime_hours: 48"
    )
    cluster.put(CERTIFICATES_FILE, text + wrong.replace("guest: 1002", "guest: 102"))
    done = cluster.run("pulumi", "preview", "--stack", "dev", "--non-interactive")
    said = done.stdout + done.stderr
    assert done.returncode != 0
    whole = (cluster.checkout / CERTIFICATES_FILE).read_text().splitlines()
    for field, words in (
        ("service: qdrant_service/qdrnat", "a service of a stack that a guest lists"),
        ("lifetime_hours: 48", "at most 24, as the CA grants"),
        ("container: helper", "guest 102 does not have the feature docker"),
    ):
        line = next(number for number, each in enumerate(whole, 1) if field in each)
        assert re.search(rf"certificates\.yaml:{line}: .*{words}", said), said
    assert json.loads(cluster.run("pulumi", "stack", "export", "--stack", "dev").stdout)["deployment"]
