"""The PKI against a real step-ca: it starts with it, answers over TLS, and signs; and it is never made twice."""

import base64
import json
import ssl
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap
from cryptography.x509.verification import PolicyBuilder, Store

from phoenix.clients.shell import open_shell
from phoenix.errors import OperationError
from phoenix.features.step_ca.authority import MEMBERS, AuthorityFiles
from phoenix.features.step_ca.files import Authority, Pki, make
from phoenix.pki.provisioner import WrongPassword, open_provisioner_key
from phoenix.redaction import redact
from phoenix.specs.target import LxcTarget
from tests import loopback_ssh, step_ca_server
from tests.features import descriptions
from tests.loopback_ssh import Loopback
from tests.ports import free_port

AUTHORITY = Authority("Test", "admin@example.org", ["ca.example.org"], ":9000", "/etc/ca", {}, "acme")


@pytest.fixture(scope="module")
def pki() -> Pki:
    return make(AUTHORITY)


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    yield from loopback_ssh.serve(tmp_path, monkeypatch)


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_the_intermediate_is_the_roots_and_no_secret_is_readable_by_others(pki: Pki) -> None:
    root = x509.load_pem_x509_certificate(pki.files["certs/root_ca.crt"][0])
    intermediate = x509.load_pem_x509_certificate(pki.files["certs/intermediate_ca.crt"][0])
    intermediate.verify_directly_issued_by(root)
    assert PolicyBuilder().store(Store([root]))
    assert pki.fingerprint == root.fingerprint(SHA256()).hex()
    assert set(pki.files) == set(MEMBERS)
    public = {"certs/root_ca.crt", "certs/intermediate_ca.crt", "root_ca.fingerprint"}
    assert {path for path, (_, mode) in pki.files.items() if mode != 0o600} == public


def test_keys_are_encrypted_and_passwords_masked(pki: Pki) -> None:
    password = pki.files["password.txt"][0]
    for name in ("secrets/root_ca_key", "secrets/intermediate_ca_key"):
        assert serialization.load_pem_private_key(pki.files[name][0], password)
    said = f"{password.decode()} {pki.files['provisioner_password.txt'][0].decode()}"
    assert redact(said) == "[secret] [secret]"


def test_the_provisioners_key_opens_with_its_password_only(pki: Pki) -> None:
    provisioner = json.loads(pki.files["config/ca.json"][0])["authority"]["provisioners"][0]
    protected, wrapped, nonce, sealed, tag = provisioner["encryptedKey"].split(".")
    header = json.loads(_decoded(protected))
    salt = header["alg"].encode() + b"\0" + _decoded(header["p2s"])
    password = pki.files["provisioner_password.txt"][0]
    key = aes_key_unwrap(PBKDF2HMAC(SHA256(), 16, salt, header["p2c"]).derive(password), _decoded(wrapped))
    opened = json.loads(AESGCM(key).decrypt(_decoded(nonce), _decoded(sealed) + _decoded(tag), protected.encode()))
    assert {name: opened[name] for name in provisioner["key"]} == provisioner["key"]
    assert "d" in opened
    sealed = provisioner["encryptedKey"]
    assert open_provisioner_key(sealed, password.decode()).thumbprint() == provisioner["key"]["kid"]
    with pytest.raises(WrongPassword):
        open_provisioner_key(sealed, "another")


def test_a_real_ca_starts_with_it_and_answers_over_tls(tmp_path: Path) -> None:
    for server in step_ca_server.serve(tmp_path / "ca"):
        context = ssl.create_default_context(cafile=str(server.steppath / "certs/root_ca.crt"))
        with urllib.request.urlopen(f"{server.url}/health", context=context, timeout=10) as answer:
            assert json.load(answer) == {"status": "ok"}


def test_a_changed_port_and_name_are_served(host: Loopback, tmp_path: Path) -> None:
    """The daemon reads both from ca.json, which was written once; its own certificate follows at its start."""
    shell = open_shell(host.settings, LxcTarget(node=f"{host.address}:{host.port}", vmid=103))
    for server in step_ca_server.serve(tmp_path / "ca"):
        port = free_port()
        options: dict[str, Any] = {
            "dns_names": ["renamed.example.org", "localhost"],
            "steppath": str(server.steppath),
            "port": port,
        }
        by_label = {part.label: part for part in descriptions.parts("step_ca", **options)}
        part = by_label["port and names of the CA"]
        assert list(by_label).index(part.label) < list(by_label).index("unit step-ca")
        assert shell.run(["sh", "-uc", part.check()], check=False).exit_code != 0
        before = json.loads((server.steppath / "config/ca.json").read_text())
        part.apply(shell)
        shell.run(["sh", "-uc", part.check()])
        changed = {"address": f":{port}", "dnsNames": ["renamed.example.org", "localhost", "127.0.0.1"]}
        assert json.loads((server.steppath / "config/ca.json").read_text()) == {**before, **changed}
        server.stop()
        server.port = port
        server.start()
        pem = ssl.get_server_certificate(("127.0.0.1", port))
        extensions = x509.load_pem_x509_certificate(pem.encode()).extensions
        names = extensions.get_extension_for_class(x509.SubjectAlternativeName)
        assert "renamed.example.org" in names.value.get_values_for_type(x509.DNSName)


def _part(tmp_path: Path) -> AuthorityFiles:
    return AuthorityFiles(Authority("Test", "admin@example.org", ["ca"], ":9000", str(tmp_path / "ca"), {}))


def test_it_is_made_once_with_its_modes(host: Loopback, tmp_path: Path) -> None:
    part = _part(tmp_path)
    shell = open_shell(host.settings, LxcTarget(node=f"{host.address}:{host.port}", vmid=103))
    assert shell.run(["sh", "-uc", part.check()], check=False).exit_code != 0
    part.apply(shell)
    made = {path: (tmp_path / "ca" / path).read_bytes() for path in MEMBERS}
    told = shell.run(["sh", "-uc", part.check()]).text
    assert told == f"fact fingerprint {made['root_ca.fingerprint'].decode().strip()}"
    assert (tmp_path / "ca/secrets/root_ca_key").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "ca/secrets").stat().st_mode & 0o777 == 0o700
    part.apply(shell)
    assert {path: (tmp_path / "ca" / path).read_bytes() for path in MEMBERS} == made


@pytest.mark.parametrize("lost", MEMBERS)
def test_a_part_of_a_ca_is_refused_and_left_alone(host: Loopback, tmp_path: Path, lost: str) -> None:
    part = _part(tmp_path)
    shell = open_shell(host.settings, LxcTarget(node=f"{host.address}:{host.port}", vmid=103))
    part.apply(shell)
    (tmp_path / "ca" / lost).unlink()
    before = sorted(str(path) for path in (tmp_path / "ca").rglob("*"))
    with pytest.raises(OperationError, match="holds a part of a CA") as refused:
        part.apply(shell)
    assert f"{lost} do not" in str(refused.value)
    assert "restore the missing files from a backup" in str(refused.value)
    assert sorted(str(path) for path in (tmp_path / "ca").rglob("*")) == before
