"""The files of a new step-ca below STEPPATH, made in memory: its PKI, `ca.json` and its random passwords."""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from phoenix.pki.hierarchy import hierarchy
from phoenix.pki.provisioner import jwk_provisioner
from phoenix.redaction import register

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
class Pki:
    """`files` maps a path below STEPPATH to content and mode; `fingerprint` is the root's, hex SHA-256 of its DER."""

    files: Mapping[str, tuple[bytes, int]]
    fingerprint: str


def make(authority: Authority) -> Pki:
    """A new PKI; its passwords are registered for redaction, and nothing is written anywhere."""
    password, provisioner_password = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    register(password, provisioner_password)
    made = hierarchy(f"{authority.name} Root CA", f"{authority.name} Intermediate CA", password)
    provisioners: list[dict[str, object]] = [jwk_provisioner(authority.provisioner, provisioner_password)]
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
