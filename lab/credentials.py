"""Everything secret or pinned that a lab makes for itself, once, at its creation."""

import os
import secrets
import subprocess
import uuid
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lab.place import DOMAIN, NODE, NODE_ADDRESS, Lab

LIFETIME = timedelta(days=3650)
PASSWORDS = ("portainer_admin_password", "agent_secret", "database_password")


def make(lab: Lab) -> None:
    """Make what is missing: the lab's CA, the API's and the registry's certificate, SSH keys, token, passwords."""
    folder = lab.secrets
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (folder / "ca.pem").exists():
        _certificates(folder)
    for name in ("id_ed25519", "host_ed25519"):
        if not (folder / name).exists():
            command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", f"lab {name}", "-f", str(folder / name)]
            subprocess.run(command, check=True, timeout=30)
    kind, key = (folder / "host_ed25519.pub").read_text().split()[:2]
    write(folder / "known_hosts", f"{NODE_ADDRESS},{NODE},{NODE}.{DOMAIN} {kind} {key}\n")
    values = {"token": str(uuid.uuid4())} | {name: secrets.token_urlsafe(24) for name in PASSWORDS}
    for name, value in values.items():
        if not (folder / name).exists():
            write(folder / name, value)


def write(path: Path, content: str | bytes) -> None:
    """Write a file that only its owner can read."""
    data = content.encode() if isinstance(content, str) else content
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        os.fchmod(out.fileno(), 0o600)
        out.write(data)


def _certificates(folder: Path) -> None:
    ca_key = ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Proxmox VE lab CA")])
    ca = _sign(ca_name, ca_key, ca_name, ca_key, ca=True)
    for name in ("pve", "registry"):
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{NODE}.{DOMAIN}")])
        _store(folder, name, _sign(subject, key, ca_name, ca_key, ca=False), key)
    _store(folder, "ca", ca, ca_key)


def _sign(
    subject: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    ca: bool,
) -> x509.Certificate:
    now = datetime.now(UTC)
    usage = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only"), False
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(digital_signature=not ca, key_cert_sign=ca, crl_sign=ca, decipher_only=False, **usage),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if not ca:
        names: list[x509.GeneralName] = [x509.DNSName(f"{NODE}.{DOMAIN}"), x509.DNSName(NODE)]
        names.append(x509.IPAddress(ip_address(NODE_ADDRESS)))
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def _store(folder: Path, name: str, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    write(folder / f"{name}.key", pem)
    write(folder / f"{name}.pem", certificate.public_bytes(serialization.Encoding.PEM))
