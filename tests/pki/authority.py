"""A CA in memory, that issues what no real one would: expired, foreign, for the wrong names."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from phoenix.pki import keys
from phoenix.pki.chain import Chain, usages
from phoenix.pki.kinds import CertificateKind, KeyType
from phoenix.pki.sans import general_names

START = datetime(2026, 11, 1, tzinfo=UTC)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


@dataclass
class Authority:
    """A root that signs leaves itself."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    root: x509.Certificate = field(init=False)

    def __post_init__(self) -> None:
        subject = _name("In memory")
        builder = self._builder(subject, self.key.public_key(), START - timedelta(days=30), timedelta(days=3650))
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        self.root = builder.add_extension(usage, critical=True).sign(self.key, hashes.SHA256())

    def issue(
        self,
        names: frozenset[str] = frozenset({"a.internal"}),
        *,
        common_name: str = "a.internal",
        kind: CertificateKind = CertificateKind.BOTH,
        key_type: KeyType = KeyType.P256,
        start: datetime = START,
        lifetime: timedelta = timedelta(hours=24),
        key: keys.PrivateKey | None = None,
    ) -> tuple[Chain, keys.PrivateKey]:
        """A leaf and its key."""
        key = key or keys.generate(key_type)
        builder = self._builder(_name(common_name), key.public_key(), start, lifetime)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(x509.SubjectAlternativeName(general_names(names)), critical=False)
        builder = builder.add_extension(x509.ExtendedKeyUsage(sorted(usages(kind), key=str)), critical=False)
        return Chain(builder.sign(self.key, hashes.SHA256())), key

    def _builder(
        self, subject: x509.Name, public: keys.PublicKey, start: datetime, lifetime: timedelta
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(_name("In memory"))
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + lifetime)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
        )
