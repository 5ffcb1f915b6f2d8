"""Certificates as they are served: the leaf, its intermediates, and whether a pinned root stands behind them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from phoenix.pki.kinds import CertificateKind
from phoenix.pki.sans import general_names, names_of

_USAGES = {
    CertificateKind.SERVER: frozenset({ExtendedKeyUsageOID.SERVER_AUTH}),
    CertificateKind.CLIENT: frozenset({ExtendedKeyUsageOID.CLIENT_AUTH}),
    CertificateKind.BOTH: frozenset({ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH}),
}


def usages(kind: CertificateKind) -> frozenset[x509.ObjectIdentifier]:
    """The extended key usages that a certificate of this kind needs."""
    return _USAGES[kind]


@dataclass(frozen=True)
class Chain:
    """A leaf and the intermediates served with it."""

    leaf: x509.Certificate
    intermediates: tuple[x509.Certificate, ...] = ()

    @classmethod
    def parse(cls, pem: bytes) -> Self:
        """The chain in a PEM file, leaf first; ValueError when there is no certificate in it."""
        leaf, *rest = x509.load_pem_x509_certificates(pem)
        return cls(leaf, tuple(rest))

    @property
    def pem(self) -> bytes:
        """Leaf and intermediates, as a server's certificate file holds them."""
        return b"".join(to_pem(one) for one in (self.leaf, *self.intermediates))

    @property
    def common_name(self) -> str:
        """The leaf's common name, empty when it has none."""
        found = self.leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return str(found[0].value) if found else ""

    @property
    def lifetime(self) -> timedelta:
        """How long the leaf is valid from its start to its end."""
        return self.leaf.not_valid_after_utc - self.leaf.not_valid_before_utc

    @property
    def usages(self) -> frozenset[x509.ObjectIdentifier]:
        """The leaf's extended key usages."""
        try:
            return frozenset(self.leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
        except x509.ExtensionNotFound:
            return frozenset()

    @property
    def kind(self) -> CertificateKind | None:
        """The widest kind that the leaf's usages allow, None when they allow none."""
        widest_first = (CertificateKind.BOTH, CertificateKind.SERVER, CertificateKind.CLIENT)
        return next((kind for kind in widest_first if usages(kind) <= self.usages), None)

    def root(self, roots: tuple[x509.Certificate, ...], now: datetime) -> x509.Certificate | None:
        """The one of `roots` behind this chain; None when there is none.

        Judged at `now`, but within the leaf's own validity: whether it has expired is another question.
        """
        moment = max(self.leaf.not_valid_before_utc, min(now, self.leaf.not_valid_after_utc))
        names = general_names(names_of(self.leaf))
        if not names or not roots or self.kind is None:
            return None
        policy = PolicyBuilder().store(Store(list(roots))).time(moment)
        try:
            if self.kind is CertificateKind.CLIENT:
                path = policy.build_client_verifier().verify(self.leaf, list(self.intermediates)).chain
            else:
                path = policy.build_server_verifier(_subject(names[0])).verify(self.leaf, list(self.intermediates))
        except VerificationError:
            return None
        return path[-1]


def fingerprint(certificate: x509.Certificate) -> str:
    """Hex SHA-256 of the certificate's DER."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def anchors_version(roots: Iterable[x509.Certificate]) -> str:
    """What stands for these roots together, in any order: of one its fingerprint, of several 64 hex digits as well."""
    each = sorted({fingerprint(root) for root in roots})
    return each[0] if len(each) == 1 else sha256(" ".join(each).encode()).hexdigest()


def to_pem(certificate: x509.Certificate) -> bytes:
    """The certificate as PEM."""
    return certificate.public_bytes(serialization.Encoding.PEM)


def parse_roots(pem: bytes) -> tuple[x509.Certificate, ...]:
    """The roots in a PEM file, several during a rotation; ValueError when there is none."""
    return tuple(x509.load_pem_x509_certificates(pem))


def _subject(name: x509.GeneralName) -> x509.DNSName | x509.IPAddress:
    if isinstance(name, x509.IPAddress):
        return name
    # a wildcard proves itself by a name that it covers
    return x509.DNSName(str(name.value).replace("*", "wildcard", 1))
