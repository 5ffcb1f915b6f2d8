"""When a certificate is due, and whether the CA may renew it or must sign afresh.

The rule: due when it is missing, unreadable, its key does not match, no pinned root stands behind it, it is not what
was asked for (names, kind, key type, lifetime), less than the window is left, the root behind it is about to go, or
the operator forces it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509

from phoenix.pki.chain import Chain, fingerprint, usages
from phoenix.pki.keys import key_name, public_pem
from phoenix.pki.kinds import CertificateKind, KeyType
from phoenix.pki.names import difference
from phoenix.pki.reasons import EXPIRED, EXPIRES, FORCED, FOREIGN, KEY_MISMATCH, MISSING, NOT_DUE, RETIRING, UNREADABLE
from phoenix.pki.sans import names_of

BACKDATE = timedelta(minutes=10)
"""How much longer than asked a lifetime may be: a CA starts it some time before now (step-ca: one minute)."""


@dataclass(frozen=True)
class Wanted:
    """What a certificate shall be; `window` is the time left below which it is renewed, `root` the fingerprint of the
    root that issues (empty: whichever is trusted)."""

    common_name: str
    names: frozenset[str]
    kind: CertificateKind
    key_type: KeyType
    lifetime: timedelta
    window: timedelta
    root: str = ""


@dataclass(frozen=True)
class Found:
    """What lies on the node: PEM files, None where there is none; `public_key` is the key file's public half.

    `asked_kind` is the kind that was asked of the CA, which may have granted more.
    """

    certificate: bytes | None
    key_exists: bool
    public_key: bytes
    asked_kind: str
    roots: tuple[x509.Certificate, ...]


def due(found: Found, wanted: Wanted, now: datetime, forced: bool = False) -> str:
    """Why the certificate is due at `now` (aware), or `no`."""
    if found.certificate is None or not found.key_exists:
        return MISSING
    try:
        chain = Chain.parse(found.certificate)
        public_key = public_pem(chain.leaf.public_key())
    except (ValueError, TypeError):
        return UNREADABLE
    if not found.public_key:
        return UNREADABLE
    if public_key.strip() != found.public_key.strip():
        return KEY_MISMATCH
    root = chain.root(found.roots, now)
    if root is None:
        return FOREIGN
    retiring = RETIRING if wanted.root not in ("", fingerprint(root)) else ""
    asked = FORCED if forced else NOT_DUE
    return _otherwise_made(chain, found, wanted) or _late(chain, wanted, now) or retiring or asked


def renewable(reason: str) -> bool:
    """Whether a certificate due for `reason` can be renewed as it is; otherwise it is signed afresh, with a new key."""
    return reason in (FORCED, RETIRING) or reason.startswith(EXPIRES)


def described(left: timedelta) -> str:
    """A duration as `3h12m`, `12m` or `40s`."""
    seconds = int(left.total_seconds())
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    if hours:
        return f"{hours}h{minutes:02d}m" if minutes else f"{hours}h"
    return f"{minutes}m" if minutes else f"{seconds}s"


def _otherwise_made(chain: Chain, found: Found, wanted: Wanted) -> str:
    if names := difference(wanted.names, names_of(chain.leaf)):
        return f"SANs differ: {names}"
    if chain.common_name.lower() != wanted.common_name.lower():
        return f"common name differs: {chain.common_name}, wanted {wanted.common_name}"
    made = key_name(chain.leaf.public_key())
    if made != wanted.key_type:
        return f"key type differs: {made}, wanted {wanted.key_type}"
    granted = usages(wanted.kind) <= chain.usages
    if not granted or found.asked_kind not in ("", wanted.kind):
        return f"kind differs: {found.asked_kind or chain.kind}, wanted {wanted.kind}"
    if not timedelta(0) <= chain.lifetime - wanted.lifetime <= BACKDATE:
        return f"lifetime differs: {described(chain.lifetime)}, wanted {described(wanted.lifetime)}"
    return ""


def _late(chain: Chain, wanted: Wanted, now: datetime) -> str:
    left = chain.leaf.not_valid_after_utc - now
    if left <= timedelta(0):
        return EXPIRED
    if left < wanted.window:
        return f"{EXPIRES}{described(left)} (window {described(wanted.window)})"
    return ""
