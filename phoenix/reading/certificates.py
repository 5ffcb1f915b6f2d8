"""Certificates that lie on the node, and where copies of them lie in guests."""

from base64 import b64decode
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from cryptography import x509

from phoenix.clients import files
from phoenix.clients.shell import Shell
from phoenix.pki.chain import Chain, anchors_version, fingerprint, parse_roots
from phoenix.pki.keys import key_name
from phoenix.pki.sans import names_of
from phoenix.reading.inside import Held, Inside

# the kind that was asked for lies beside a pair of ours: a CA may grant more
_LOOK = """
stat -L -c "%a %U:%G" "$1/key.pem"; sha256sum < "$1/key.pem" | cut -d" " -f1; cat "$1/current/kind" 2>/dev/null || true
"""
_MARK, _BASE = "phoenix.fingerprint", "phoenix.base"


def certificate(
    node: Shell,
    directory: str,
    roots: str,
    inside: Mapping[int, Inside],
    secrets: Mapping[str, Collection[str]],
) -> dict[str, Any]:
    """One of them. `roots` is the path of the CA's, `secrets` are Docker's: what the versions of each were made of.

    Raises PhoenixError, or ValueError for what is no certificate.
    """
    chain = Chain.parse(files.read(node, f"{directory}/cert.pem") or b"")
    access, key_sum, *asked = node.script(_LOOK, directory).text.splitlines()
    mode, owner = access.split()
    mark = fingerprint(chain.leaf)
    anchors = files.read(node, roots) if roots else None
    return {
        "common_name": chain.common_name,
        "names": sorted(names_of(chain.leaf)),
        "kind": asked[0] if asked else str(chain.kind or ""),
        "asked": bool(asked),
        "key_type": key_name(chain.leaf.public_key()),
        "lifetime_hours": max(1, int(chain.lifetime.total_seconds() // 3600)),
        "owner": owner,
        "key_mode": mode.zfill(4),
        "copies": [copy for vmid, each in sorted(inside.items()) for copy in _copies(vmid, each.held, mark, key_sum)],
        "secrets": _secrets(secrets, mark, anchors_version(parse_roots(anchors)) if anchors else ""),
    }


def made_of(secrets: Iterable[Mapping[str, str]]) -> dict[str, set[str]]:
    """Base name -> the fingerprints that its versions were made of, old ones too, by the labels of each."""
    found: dict[str, set[str]] = {}
    for labels in secrets:
        if _BASE in labels and _MARK in labels:
            found.setdefault(labels[_BASE], set()).add(labels[_MARK])
    return found


def _secrets(secrets: Mapping[str, Collection[str]], mark: str, roots: str) -> dict[str, str]:
    """Docker's secrets of it: `certificate`, `key`, and of the roots `ca` where its name goes with theirs."""
    own = sorted(base for base, marks in secrets.items() if mark in marks)
    found = {"key" if "key" in base.rpartition("_")[2] else "certificate": base for base in own}
    stems = {base.rpartition("_")[0] for base in own}
    of_roots = sorted(base for base, marks in secrets.items() if roots in marks)
    beside = [base for base in of_roots if base.rpartition("_")[0] in stems]
    return {**found, "ca": beside[0]} if beside else found


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
