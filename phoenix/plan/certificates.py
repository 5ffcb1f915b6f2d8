"""The manifest in the words of the certificate providers: what is issued, where it goes, which secrets it makes."""

from collections.abc import Mapping
from typing import Any

from phoenix.model import Bundle, Certificate, CertificateKind, Cluster, Distribution
from phoenix.plan import features, guests
from phoenix.plan.compose import stack_name

# what does not exist yet will begin with the new certificate
_RESTART = """
names=$(docker ps --all --format '{{.Names}}')
if printf '%s\\n' "$names" | grep -qxF "$1"; then docker restart "$1" >&2; fi
"""
_UPDATE = """
names=$(docker service ls --format '{{.Name}}')
if printf '%s\\n' "$names" | grep -qxF "$1"; then docker service update --quiet --force "$1" >&2; fi
"""


def directory(cluster: Cluster, certificate: Certificate) -> str:
    """Where the certificate and its key lie on the node."""
    return f"{cluster.node.paths.certificates}/{certificate.name}"


def properties(cluster: Cluster, certificate: Certificate) -> dict[str, Any]:
    """Properties of a `Certificate` resource."""
    return {
        "node": str(cluster.node.ip),
        "name": certificate.name,
        "directory": directory(cluster, certificate),
        "common_name": certificate.common_name,
        "sans": list(certificate.sans),
        "kind": str(certificate.kind),
        "key_type": str(certificate.key_type),
        "lifetime_hours": certificate.lifetime_hours,
        "renew_before_hours": certificate.renew_before_hours,
        "owner": certificate.owner,
        "mode": certificate.key_mode,
        "revoke": certificate.revoke,
        "ca": {
            "url": cluster.ca_url,
            "steppath": features.authority_directory(cluster),
            "provisioner": cluster.ca.provisioner,
        },
    }


def copies(cluster: Cluster, certificate: Certificate) -> tuple[dict[str, Any], ...]:
    """Properties of the `CertificateCopy` resources, but for the fingerprints, which only the issued one knows."""
    return tuple(
        {
            "name": certificate.name,
            "node": str(cluster.node.ip),
            "source": directory(cluster, certificate),
            "root": features.root_path(cluster),
            "target": guests.target(cluster, cluster.guest(each.guest)),
            "cert_path": each.certificate,
            "key_path": each.key,
            "bundle": str(each.bundle),
            **({"ca_path": each.ca} if each.ca else {}),
            "owner": each.owner,
            "key_mode": each.key_mode,
            "cert_mode": each.certificate_mode,
            **({"after": _after(cluster, each)} if each.reload else {}),
        }
        for each in certificate.distribution
    )


def _after(cluster: Cluster, distribution: Distribution) -> dict[str, Any]:
    reload = distribution.reload
    assert reload is not None
    if reload.unit:
        return {"kind": "reload", "unit": reload.unit, "start": True}
    if reload.command:
        return {"kind": "command", "argv": list(reload.command)}
    if reload.container:
        return {"kind": "command", "argv": ["sh", "-euc", _RESTART, "sh", reload.container]}
    stack, _, service = str(reload.service).partition("/")
    name = f"{stack_name(cluster.stack(stack), cluster.environment)}_{service}"
    return {"kind": "command", "argv": ["sh", "-euc", _UPDATE, "sh", name]}


def holds_root(copy: Mapping[str, Any]) -> bool:
    """Whether a copy with these properties holds the root, and so must change with it."""
    return "ca_path" in copy or copy["bundle"] == Bundle.FULL


def secrets(cluster: Cluster, certificate: Certificate) -> dict[str, str]:
    """Base name of each Docker secret of the certificate -> the file on the node that it is made from."""
    wanted = certificate.docker_secrets
    if wanted is None:
        return {}
    source = directory(cluster, certificate)
    found = {wanted.certificate: f"{source}/cert.pem", wanted.key: f"{source}/key.pem"}
    return {**found, **({wanted.ca: features.root_path(cluster)} if wanted.ca else {})}


def users(cluster: Cluster, certificate: Certificate) -> tuple[str, ...]:
    """Who uses it, in words: guests by VMID and name, Docker secrets by their base names."""
    found = tuple(dict.fromkeys(each.guest for each in certificate.distribution))
    secret_names = certificate.docker_secrets.names if certificate.docker_secrets else ()
    named = tuple(f"guest {vmid} ({cluster.guest(vmid).name})" for vmid in found)
    return (*named, *(f"secret {name}" for name in secret_names))


def kinds(certificate: Certificate) -> frozenset[CertificateKind]:
    """What it may be used for: a certificate of kind `both` serves either side."""
    both = frozenset({CertificateKind.SERVER, CertificateKind.CLIENT})
    return both if certificate.kind is CertificateKind.BOTH else frozenset({certificate.kind})
