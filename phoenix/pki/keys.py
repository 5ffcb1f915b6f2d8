"""Private keys, in memory only."""

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from phoenix.pki.kinds import KeyType

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey


def generate(kind: KeyType) -> PrivateKey:
    """A new private key; RSA-4096 takes about half a second."""
    match kind:
        case KeyType.P256:
            return ec.generate_private_key(ec.SECP256R1())
        case KeyType.P384:
            return ec.generate_private_key(ec.SECP384R1())
        case KeyType.RSA2048:
            return rsa.generate_private_key(65537, 2048)
        case KeyType.RSA4096:
            return rsa.generate_private_key(65537, 4096)


def private_pem(key: PrivateKey) -> bytes:
    """Unencrypted PKCS #8, for a daemon to read."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def public_pem(key: PublicKeyTypes) -> bytes:
    """SubjectPublicKeyInfo as PEM, which is what `openssl pkey -pubout` prints."""
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def key_name(key: PublicKeyTypes) -> str:
    """The name of a public key's type: a KeyType's value, or a description of what we do not make."""
    match key:
        case ec.EllipticCurvePublicKey():
            return {"secp256r1": "p256", "secp384r1": "p384"}.get(key.curve.name, key.curve.name)
        case rsa.RSAPublicKey():
            return f"rsa{key.key_size}"
        case _:
            return type(key).__name__.removesuffix("PublicKey").lower()


def matches(private: bytes, certificate: x509.Certificate) -> bool:
    """Whether the PEM private key `private` belongs to `certificate`; an unreadable key does not."""
    try:
        key = serialization.load_pem_private_key(private, password=None)
    except (ValueError, TypeError):
        return False
    return public_pem(key.public_key()) == public_pem(certificate.public_key())
