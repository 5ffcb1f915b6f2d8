"""A pinned root counts as it is: one without keyUsage, as Proxmox made it until March 2026; and no other does."""

import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from phoenix.clients.pinned import PinnedAdapter
from phoenix.clients.step_ca import StepCa, StepCaError


class Greets(BaseHTTPRequestHandler):
    """Answers as step-ca's health check does."""

    def do_GET(self) -> None:
        body = b'{"status": "ok"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


def old_root(name: str) -> tuple[x509.Certificate, rsa.RSAPrivateKey]:
    """As `pvecm updatecerts` of pve-manager 9.1 makes it by `openssl req -x509`: its extensions are the CA's alone."""
    key = rsa.generate_private_key(65537, 2048)
    builder = named(name, name, key.public_key())
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return builder.sign(key, hashes.SHA256()), key


def named(subject: str, issuer: str, public: rsa.RSAPublicKey) -> x509.CertificateBuilder:
    """A certificate's frame, valid for a day."""
    now = datetime.now(UTC)
    names = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, each)]) for each in (subject, issuer))
    return (
        x509.CertificateBuilder()
        .subject_name(next(names))
        .issuer_name(next(names))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
    )


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """A server below that root, which lies in `tmp_path/root.pem`; another root of the same name is `other.pem`."""
    root, authority = old_root("PVE Cluster Manager CA")
    (tmp_path / "root.pem").write_bytes(root.public_bytes(Encoding.PEM))
    (tmp_path / "other.pem").write_bytes(old_root("PVE Cluster Manager CA")[0].public_bytes(Encoding.PEM))
    key = rsa.generate_private_key(65537, 2048)
    builder = named("127.0.0.1", "PVE Cluster Manager CA", key.public_key())
    alternative = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    builder = builder.add_extension(alternative, critical=False)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key())
    builder = builder.add_extension(issuer, critical=False)
    leaf = builder.sign(authority, hashes.SHA256())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "leaf.pem").write_bytes(leaf.public_bytes(Encoding.PEM) + private)
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(tmp_path / "leaf.pem")
    with ThreadingHTTPServer(("127.0.0.1", 0), Greets) as server:
        server.socket = served.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"https://localhost:{server.server_port}"
        server.shutdown()
        thread.join(10)


def asked(url: str, root: Path) -> int:
    with requests.Session() as session:
        session.trust_env = False
        session.verify = str(root)
        session.mount("https://", PinnedAdapter())
        return session.get(url, timeout=10).status_code


def test_a_root_without_key_usage_is_trusted_when_it_is_pinned(url: str, tmp_path: Path) -> None:
    assert asked(url, tmp_path / "root.pem") == 200
    StepCa(url, (tmp_path / "root.pem").read_text()).wait(limit=5)


def test_another_root_of_that_name_is_not_and_no_other_name(url: str, tmp_path: Path) -> None:
    with pytest.raises(requests.exceptions.SSLError, match="CERTIFICATE_VERIFY_FAILED"):
        asked(url, tmp_path / "other.pem")
    with pytest.raises(StepCaError):
        StepCa(url, (tmp_path / "other.pem").read_text()).wait(limit=5)
    with pytest.raises(requests.exceptions.SSLError, match=r"127\.0\.0\.1"):
        asked(url.replace("localhost", "127.0.0.1"), tmp_path / "root.pem")
