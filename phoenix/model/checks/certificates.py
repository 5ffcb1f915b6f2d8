"""Certificates that cannot be issued, delivered or used."""

from collections.abc import Iterator

from phoenix.model.certificate import Certificate
from phoenix.model.checks.labels import told
from phoenix.model.cluster import ClusterFile
from phoenix.model.draft import Draft, Part
from phoenix.model.located import Located
from phoenix.model.member import Role
from phoenix.model.problem import Problem
from phoenix.pki.kinds import CertificateKind
from phoenix.vocabulary.names import ADMIN_PASSWORD

OWN_SECRETS = (ADMIN_PASSWORD,)
"""Docker secrets that the product makes itself, of settings."""


def names(draft: Draft) -> Iterator[Problem]:
    """Two certificates with one name."""
    first: dict[str, Located[Certificate]] = {}
    for each in draft.certificates:
        if each.item.name in first:
            yield each.problem("name", allowed=f"a name once; {first[each.item.name].place('name')} has it already")
        first.setdefault(each.item.name, each)


def used(draft: Draft) -> Iterator[Problem]:
    """A certificate that nobody gets."""
    for each in draft.certificates:
        if not each.item.distribution and each.item.docker_secrets is None:
            yield each.problem("distribution", allowed="give it a distribution or docker_secrets, or nobody gets it")


def secrets(draft: Draft) -> Iterator[Problem]:
    """A Docker secret that is defined twice."""
    first = dict.fromkeys(OWN_SECRETS, "the product itself")
    for each in draft.certificates:
        wanted = each.item.docker_secrets
        if wanted is None:
            continue
        for field, name in (("certificate", wanted.certificate), ("key", wanted.key), ("ca", wanted.ca)):
            if name is None:
                continue
            if name in first:
                yield each.problem("docker_secrets", field, allowed=f"a secret once; {first[name]} has it already")
            first.setdefault(name, each.place("docker_secrets", field))


def lifetimes(draft: Draft, cluster: Located[ClusterFile]) -> Iterator[Problem]:
    """A lifetime that the CA does not grant."""
    limit = cluster.item.ca.max_lifetime_hours
    for each in draft.certificates:
        if each.item.lifetime_hours > limit:
            yield each.problem(
                "lifetime_hours", value=each.item.lifetime_hours, allowed=f"at most {limit}, as the CA grants"
            )


def served_names(draft: Draft, cluster: Located[ClusterFile]) -> Iterator[Problem]:
    """A host name that the gateway serves without a certificate that covers it."""
    gateways = {each.item.vmid for each in draft.guests if Role.GATEWAY in each.item.roles}
    held = [
        each.item
        for each in draft.certificates
        if each.item.kind is not CertificateKind.CLIENT
        and any(entry.guest in gateways for entry in each.item.distribution)
    ]
    if not gateways or Part.CERTIFICATES in draft.broken:
        return
    for each in draft.guests:
        for loc, service in each.item.services:
            host = cluster.item.node.fqdn(service.name)
            if not service.direct and not any(certificate.covers(host) for certificate in held):
                yield each.problem(*loc, "name", allowed=_uncovered(host))
    for stack, _, router in draft.routers:
        for host in router.hosts:
            if not any(certificate.covers(host) for certificate in held):
                yield told(draft, stack, router.labels["rule"], _uncovered(host), value=host)


_PROVED = (
    (Role.GATEWAY, CertificateKind.SERVER),
    (Role.GATEWAY, CertificateKind.CLIENT),
    (Role.TRAEFIK, CertificateKind.SERVER),
)
"""Who must prove what: the gateway to everybody, it and Traefik to each other."""


def of_gateways(draft: Draft) -> Iterator[Problem]:
    """A gateway or a Traefik that could prove itself to nobody, or is given no root to verify the other with."""
    if Part.CERTIFICATES in draft.broken:
        return
    for guest in draft.guests:
        held = [
            (each.item, entry)
            for each in draft.certificates
            for entry in each.item.distribution
            if entry.guest == guest.item.vmid
        ]
        kinds = {certificate.kind for certificate, _ in held}
        for role, wanted in _PROVED:
            if role in guest.item.roles and not kinds & {wanted, CertificateKind.BOTH}:
                yield guest.problem(
                    "roles", allowed=f"a certificate of kind {wanted} or both that is distributed to it"
                )
        if {Role.GATEWAY, Role.TRAEFIK} & set(guest.item.roles) and not any(entry.ca for _, entry in held):
            yield guest.problem(
                "roles", allowed="a certificate that is distributed to it with a path for `ca`, the root"
            )


def _uncovered(host: str) -> str:
    return f"a name that a server certificate of the gateway covers (a wildcard covers one label); none covers {host}"


CHECKS = (names, used, secrets, of_gateways)
CLUSTER_CHECKS = (lifetimes, served_names)
