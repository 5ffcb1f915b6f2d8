"""Certificates as a lab's node may hold them without us: issued by its real CA at another time, or by somebody else."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from phoenix.clients.step_ca import StepCa
from phoenix.pki import keys, tokens
from phoenix.pki.chain import Chain
from phoenix.pki.kinds import CertificateKind, KeyType
from phoenix.pki.request import signing_request
from tests.lab.converged import Cluster

PROVISIONER = "admin@thinkheads.ai"
DAY = timedelta(hours=24)


def directory(cluster: Cluster, name: str) -> Path:
    """The certificate's directory on the node, as this machine sees it."""
    return cluster.lab.place.data / "quickOS" / "certificates" / name


def held(cluster: Cluster, name: str) -> Chain:
    """What the node holds."""
    return Chain.parse((directory(cluster, name) / "cert.pem").read_bytes())


def issue(
    cluster: Cluster,
    common_name: str,
    names: Iterable[str],
    *,
    left: timedelta,
    kind: CertificateKind = CertificateKind.SERVER,
) -> tuple[bytes, bytes]:
    """Certificate and key (PEM) from the cluster's own CA, with so much left of their day."""
    steppath = cluster.lab.place.cluster_root.parents[1]
    every = frozenset({common_name, *names})
    key = keys.generate(KeyType.P256)
    with cluster.lab.network():
        ca = StepCa("https://10.0.0.10:9000", cluster.lab.place.cluster_root.read_text())
        ca.wait()
        provisioner = ca.provisioner_key(PROVISIONER, (steppath / "provisioner_password.txt").read_text().strip())
        token = tokens.one_time_token(
            provisioner, PROVISIONER, f"{ca.url}/1.0/sign", common_name, every, ca.now()
        )  # fmt: skip
        start = f"-{int((DAY - left).total_seconds())}s"
        request = signing_request(key, common_name, every)
        chain = ca.sign(request, token, lifetime=DAY, kind=kind, not_before=start)
    assert abs(chain.leaf.not_valid_after_utc - datetime.now(UTC) - left) < timedelta(seconds=90)
    return chain.pem, keys.private_pem(key)


def put(cluster: Cluster, name: str, certificate: bytes | None = None, key: bytes | None = None) -> None:
    """Writes over the node's files, by hand, as an operator would."""
    cluster.settled = False
    for file, content in (("cert.pem", certificate), ("key.pem", key)):
        if content is not None:
            (directory(cluster, name) / file).write_bytes(content)
