"""A new step-ca's PKI, made in memory: root, intermediate, one JWK provisioner, ca.json, random passwords."""

import base64
import datetime
import hashlib
import json
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.keywrap import aes_key_wrap
from cryptography.x509.oid import NameOID

from phoenix.redaction import register

VALIDITY = datetime.timedelta(days=3650)
BACKDATE = datetime.timedelta(minutes=1)
# what the step CLI writes and OWASP asks for with SHA-256
ITERATIONS = 600_000
_CIPHERS = (
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
)


@dataclass(frozen=True)
class Authority:
    """What the PKI is made from; `claims` are step-ca's, durations in Go's notation, for every provisioner."""

    name: str
    provisioner: str
    dns_names: Sequence[str]
    address: str
    steppath: str
    claims: Mapping[str, object]
    acme: str = ""


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


@dataclass(frozen=True)
class Pki:
    """`files` maps a path below STEPPATH to content and mode; `fingerprint` is the root's, hex SHA-256 of its DER."""

    files: Mapping[str, tuple[bytes, int]]
    fingerprint: str


def hierarchy(root_name: str, intermediate_name: str, password: str) -> Hierarchy:
    """A new root and its intermediate, by their common names."""
    root_key, root = _certificate(root_name, path_length=1)
    key, intermediate = _certificate(intermediate_name, 0, (root_key, root))
    return Hierarchy(
        _pem(root),
        _pem(intermediate),
        _sealed(root_key, password),
        _sealed(key, password),
        root.fingerprint(hashes.SHA256()).hex(),
    )


def make(authority: Authority) -> Pki:
    """A new PKI; its passwords are registered for redaction, and nothing is written anywhere."""
    password, provisioner_password = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    register(password, provisioner_password)
    made = hierarchy(f"{authority.name} Root CA", f"{authority.name} Intermediate CA", password)
    provisioners: list[dict[str, object]] = [_jwk_provisioner(authority.provisioner, provisioner_password)]
    if authority.acme:
        provisioners.append({"type": "ACME", "name": authority.acme})
    path = authority.steppath.rstrip("/")
    configuration = {
        "root": f"{path}/certs/root_ca.crt",
        "federatedRoots": None,
        "crt": f"{path}/certs/intermediate_ca.crt",
        "key": f"{path}/secrets/intermediate_ca_key",
        "address": authority.address,
        "insecureAddress": "",
        "dnsNames": list(authority.dns_names),
        "logger": {"format": "text"},
        "db": {"type": "badgerv2", "dataSource": f"{path}/db", "badgerFileLoadingMode": ""},
        "authority": {"provisioners": provisioners, "claims": dict(authority.claims)},
        "tls": {"cipherSuites": list(_CIPHERS), "minVersion": 1.2, "maxVersion": 1.3, "renegotiation": False},
    }
    return Pki(
        {
            "certs/root_ca.crt": (made.root, 0o644),
            "certs/intermediate_ca.crt": (made.intermediate, 0o644),
            "secrets/root_ca_key": (made.root_key, 0o600),
            "secrets/intermediate_ca_key": (made.intermediate_key, 0o600),
            "password.txt": (password.encode(), 0o600),
            "provisioner_password.txt": (provisioner_password.encode(), 0o600),
            "root_ca.fingerprint": (f"{made.fingerprint}\n".encode(), 0o644),
            "config/ca.json": ((json.dumps(configuration, indent=2) + "\n").encode(), 0o600),
        },
        made.fingerprint,
    )


Signer = tuple[ec.EllipticCurvePrivateKey, x509.Certificate]


def _certificate(name: str, path_length: int, signer: Signer | None = None) -> Signer:
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


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _sealed(key: ec.EllipticCurvePrivateKey, password: str) -> bytes:
    encryption = serialization.BestAvailableEncryption(password.encode())
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)


def _jwk_provisioner(name: str, password: str) -> dict[str, object]:
    numbers = ec.generate_private_key(ec.SECP256R1()).private_numbers()
    point = numbers.public_numbers
    public = {"crv": "P-256", "kty": "EC", "x": _coordinate(point.x), "y": _coordinate(point.y)}
    # RFC 7638: the members in alphabetical order, without white space
    thumbprint = hashlib.sha256(json.dumps(public, separators=(",", ":"), sort_keys=True).encode()).digest()
    key = {**public, "use": "sig", "alg": "ES256", "kid": _base64(thumbprint)}
    private = json.dumps({**key, "d": _coordinate(numbers.private_value)}).encode()
    return {"type": "JWK", "name": name, "key": key, "encryptedKey": _encrypted(private, password.encode())}


def _encrypted(plain: bytes, password: bytes) -> str:
    """A compact JWE: PBES2-HS256+A128KW for the key, A256GCM for the content (RFC 7516, RFC 7518 4.8)."""
    algorithm = b"PBES2-HS256+A128KW"
    salt, content_key, nonce = os.urandom(16), os.urandom(32), os.urandom(12)
    header = {
        "alg": algorithm.decode(),
        "cty": "jwk+json",
        "enc": "A256GCM",
        "p2c": ITERATIONS,
        "p2s": _base64(salt),
    }
    protected = _base64(json.dumps(header, separators=(",", ":")).encode())
    wrapping_key = PBKDF2HMAC(hashes.SHA256(), 16, algorithm + b"\0" + salt, ITERATIONS).derive(password)
    sealed = AESGCM(content_key).encrypt(nonce, plain, protected.encode())
    pieces = (aes_key_wrap(wrapping_key, content_key), nonce, sealed[:-16], sealed[-16:])
    return ".".join([protected, *map(_base64, pieces)])


def _coordinate(number: int) -> str:
    return _base64(number.to_bytes(32, "big"))


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
