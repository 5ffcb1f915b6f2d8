"""The manifest: what is issued on the node, where it goes, and which Docker secrets it makes."""

from collections.abc import Mapping
from dataclasses import dataclass

from phoenix.model import Certificate, Cluster, Distribution
from phoenix.pki.kinds import CertificateKind
from phoenix.plan import features, targets
from phoenix.plan.placed import Places, placed
from phoenix.specs.pki import CaSpec, CertificateCopySpec, CertificateSpec, Command, Reload
from phoenix.specs.swarm import DockerSecretSpec

# what does not exist yet will begin with the new certificate
_RESTART = """
names=$(docker ps --all --format '{{.Names}}')
if printf '%s\\n' "$names" | grep -qxF "$1"; then docker restart "$1" >&2; fi
"""
_UPDATE = """
names=$(docker service ls --format '{{.Name}}')
if printf '%s\\n' "$names" | grep -qxF "$1"; then docker service update --quiet --force "$1" >&2; fi
"""
# a text of its own: states hold the other one, and would show it as changed
UPDATE_EACH = """
names=$(docker service ls --format '{{.Name}}')
for each; do
    if printf '%s\\n' "$names" | grep -qxF "$each"; then docker service update --quiet --force "$each" >&2; fi
done
"""


@dataclass(frozen=True)
class CertificatePlan:
    """A certificate, its copies, and its Docker secrets by base name.

    The fingerprint of copies and `secrets` is the issued certificate's; that of `root_secrets` stands for the roots.
    """

    issued: CertificateSpec
    copies: tuple[CertificateCopySpec, ...]
    secrets: Mapping[str, DockerSecretSpec]
    root_secrets: Mapping[str, DockerSecretSpec]


def plan(cluster: Cluster, certificate: Certificate) -> CertificatePlan:
    """Raises ConfigurationError."""
    wanted = certificate.docker_secrets
    source = _directory(cluster, certificate)
    pair = {wanted.certificate: f"{source}/cert.pem", wanted.key: f"{source}/key.pem"} if wanted else {}
    roots = {wanted.ca: features.root_path(cluster)} if wanted and wanted.ca else {}
    return CertificatePlan(
        issued=issued(cluster, certificate),
        copies=copies(cluster, certificate),
        secrets={base: _secret(cluster, certificate, base, path) for base, path in pair.items()},
        root_secrets={base: _secret(cluster, certificate, base, path) for base, path in roots.items()},
    )


def issued(cluster: Cluster, certificate: Certificate) -> CertificateSpec:
    """The certificate on the node; which root must stand behind it is known only when the roots are."""
    places = {"directory": (cluster, ("node", "paths", "certificates")), "ca": (cluster, ("ca",))}
    with placed(cluster, certificate, places={**places, "mode": (certificate, ("key_mode",))}):
        return CertificateSpec(
            node=cluster.node.at,
            name=certificate.name,
            directory=_directory(cluster, certificate),
            common_name=certificate.common_name,
            sans=certificate.sans,
            kind=certificate.kind,
            key_type=certificate.key_type,
            lifetime_hours=certificate.lifetime_hours,
            renew_before_hours=certificate.renew_before_hours,
            owner=certificate.owner,
            mode=certificate.key_mode,
            revoke=certificate.revoke,
            ca=CaSpec(
                url=cluster.ca_url,
                steppath=features.authority_directory(cluster),
                provisioner=cluster.ca.provisioner,
            ),
        )


def copies(cluster: Cluster, certificate: Certificate) -> tuple[CertificateCopySpec, ...]:
    """The certificate's copies in guests; their fingerprints only the issued one knows."""
    return tuple(_copy(cluster, certificate, index) for index in range(len(certificate.distribution)))


def _copy(cluster: Cluster, certificate: Certificate, index: int) -> CertificateCopySpec:
    to = certificate.distribution[index]
    names = {"target": "guest", "cert_path": "certificate", "key_path": "key", "ca_path": "ca", "after": "reload"}
    names |= {"bundle": "bundle", "owner": "owner", "key_mode": "key_mode", "cert_mode": "certificate_mode"}
    places = {field: (certificate, ("distribution", index, name)) for field, name in names.items()}
    with placed(cluster, certificate, places={**places, "source": (cluster, ("node", "paths", "certificates"))}):
        return CertificateCopySpec(
            name=certificate.name,
            node=cluster.node.at,
            source=_directory(cluster, certificate),
            root=features.root_path(cluster),
            target=targets.inside(cluster, cluster.guest(to.guest)),
            cert_path=to.certificate,
            key_path=to.key,
            ca_path=to.ca,
            bundle=to.bundle,
            owner=to.owner,
            key_mode=to.key_mode,
            cert_mode=to.certificate_mode,
            after=_after(cluster, to),
        )


def _directory(cluster: Cluster, certificate: Certificate) -> str:
    return f"{cluster.node.paths.certificates}/{certificate.name}"


def _secret(cluster: Cluster, certificate: Certificate, base: str, path: str) -> DockerSecretSpec:
    manager = targets.machine(cluster, cluster.swarm_manager)
    places: Places = {"name": (certificate, ("docker_secrets",)), "keep": (cluster, ("swarm", "old_versions"))}
    with placed(cluster, certificate, places=places):
        return DockerSecretSpec(manager=manager, name=base, source=path, keep=cluster.swarm.old_versions)


def _after(cluster: Cluster, distribution: Distribution) -> Reload | Command | None:
    reload = distribution.reload
    if reload is None:
        return None
    if reload.unit:
        return Reload(unit=reload.unit, start=True)
    if reload.command:
        return Command(argv=reload.command)
    if reload.container:
        return Command(argv=("sh", "-euc", _RESTART, "sh", reload.container))
    stack, _, service = str(reload.service).partition("/")
    names = [f"{each.name}_{service}" for each in cluster.deployed if each.stack.name == stack]
    return Command(argv=("sh", "-euc", _UPDATE if len(names) == 1 else UPDATE_EACH, "sh", *names))


def users(cluster: Cluster, certificate: Certificate) -> tuple[str, ...]:
    """Who uses it, in words: guests by VMID and name, Docker secrets by their base names."""
    found = tuple(dict.fromkeys(each.guest for each in certificate.distribution))
    secret_names = certificate.docker_secrets.names if certificate.docker_secrets else ()
    named = tuple(f"guest {vmid} ({cluster.guest(vmid).name})" for vmid in found)
    return (*named, *(f"secret {name}" for name in secret_names))


def held_by(cluster: Cluster, vmid: int, kind: CertificateKind) -> Distribution | None:
    """Where the guest's first certificate for this side of TLS lies in it, None when the manifest gives it none."""
    for certificate in cluster.certificates:
        for distribution in certificate.distribution:
            if distribution.guest == vmid and certificate.kind in (kind, CertificateKind.BOTH):
                return distribution
    return None


def roots_path(cluster: Cluster, vmid: int) -> str:
    """The guest's file of trusted roots, delivered with a certificate so that its user is told of a new root."""
    return next(
        distribution.ca
        for certificate in cluster.certificates
        for distribution in certificate.distribution
        if distribution.guest == vmid and distribution.ca
    )
