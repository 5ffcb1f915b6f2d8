"""A new root and its intermediate, made in memory."""

import datetime
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from phoenix.pki.chain import fingerprint, to_pem

VALIDITY = datetime.timedelta(days=3650)
BACKDATE = datetime.timedelta(minutes=1)

_Signer = tuple[ec.EllipticCurvePrivateKey, x509.Certificate]


@dataclass(frozen=True)
class Hierarchy:
    """A root and the intermediate that it signed, in PEM; `root_key` and `intermediate_key` are sealed by a password.

    `fingerprint` is the root's, hex SHA-256 of its DER.
    """

    root: bytes
    intermediate: bytes
    root_key: bytes
    intermediate_key: bytes
    fingerprint: str


def hierarchy(root_name: str, intermediate_name: str, password: str) -> Hierarchy:
    """A new root and its intermediate, by their common names."""
    root_key, root = _certificate(root_name, path_length=1)
    key, intermediate = _certificate(intermediate_name, 0, (root_key, root))
    return Hierarchy(
        to_pem(root), to_pem(intermediate), _sealed(root_key, password), _sealed(key, password), fingerprint(root)
    )


def _certificate(name: str, path_length: int, signer: _Signer | None = None) -> _Signer:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    signing_key, issuer = (signer[0], signer[1].subject) if signer else (key, subject)
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATE)
        .not_valid_after(now + VALIDITY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()),
            critical=False,
        )
    )
    return key, builder.sign(signing_key, hashes.SHA256())


def _sealed(key: ec.EllipticCurvePrivateKey, password: str) -> bytes:
    encryption = serialization.BestAvailableEncryption(password.encode())
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
