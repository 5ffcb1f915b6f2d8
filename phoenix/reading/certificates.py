"""Certificates that lie on the node, and where copies of them lie in guests."""

from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any

from cryptography import x509

from phoenix.clients import files
from phoenix.clients.shell import Shell
from phoenix.pki.chain import Chain, anchors_version, fingerprint
from phoenix.pki.keys import key_name
from phoenix.pki.sans import names_of
from phoenix.reading.inside import Held, Inside

_TIMES = 'stat -L -c "%a %U:%G" "$1/key.pem"; sha256sum < "$1/key.pem" | cut -d" " -f1'


def certificate(
    node: Shell, directory: str, inside: Mapping[int, Inside], secrets: Mapping[str, Mapping[str, str]]
) -> dict[str, Any]:
    """One of them; `secrets` are Docker's by base name with their labels. Raises PhoenixError, or ValueError."""
    chain = Chain.parse(files.read(node, f"{directory}/cert.pem") or b"")
    access, key_sum = node.script(_TIMES, directory).text.splitlines()
    mode, owner = access.split()
    mark = fingerprint(chain.leaf)
    return {
        "common_name": chain.common_name,
        "names": sorted(names_of(chain.leaf)),
        "kind": str(chain.kind or ""),
        "key_type": key_name(chain.leaf.public_key()),
        "lifetime_hours": max(1, round(chain.lifetime.total_seconds() / 3600)),
        "owner": owner,
        "key_mode": mode.zfill(4),
        "copies": [
            copy for vmid, each in sorted(inside.items()) for copy in _copies(vmid, each.held, mark, key_sum)
        ],
        "secrets": {
            base: labels["phoenix.fingerprint"]
            for base, labels in secrets.items()
            if labels.get("phoenix.fingerprint") == mark
        },
    }


def _copies(vmid: int, held: Iterable[Held], mark: str, key_sum: str) -> Iterator[dict[str, Any]]:
    files_of = [*held]
    certificates = {each.path: _parsed(each.pem) for each in files_of if each.pem}
    keys = [each for each in files_of if not each.pem and each.sha256 == key_sum]
    for each in files_of:
        found = certificates.get(each.path) or []
        if not found or fingerprint(found[0]) != mark or not keys:
            continue
        key = max(keys, key=lambda one: _shared(one.path, each.path))
        roots = [path for path, some in certificates.items() if some and all(one.subject == one.issuer for one in some)]
        beside = [path for path in roots if path.rpartition("/")[0] == each.path.rpartition("/")[0]]
        yield {
            "guest": vmid,
            "certificate": each.path,
            "key": key.path,
            **({"ca": beside[0]} if beside else {}),
            "bundle": _bundle(found),
            "owner": each.owner,
            "key_mode": key.mode,
            "certificate_mode": each.mode,
        }


def _bundle(found: list[x509.Certificate]) -> str:
    last = found[-1]
    return "leaf" if len(found) == 1 else "full" if last.subject == last.issuer else "chain"


def _parsed(encoded: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(b64decode(encoded))
    except ValueError:
        return []


def _shared(one: str, other: str) -> int:
    """How much of the beginning two paths have in common."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def of_the_roots(pem: bytes) -> str:
    """What stands for the authority's roots in the label of a secret."""
    return anchors_version(x509.load_pem_x509_certificates(pem))


def digest(text: str) -> str:
    """Hex SHA-256."""
    return sha256(text.encode()).hexdigest()
