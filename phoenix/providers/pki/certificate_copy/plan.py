"""How a certificate gets to its place in a guest (pure)."""

import posixpath
from collections.abc import Sequence
from enum import StrEnum

from phoenix.clients.switched_files import Place
from phoenix.specs.pki import CertificateCopySpec

CERTIFICATE, KEY, SUMS = "cert.pem", "key.pem", "SHA256SUMS"
MISSING = "missing"
PENDING_MARK = " (not yet in use)"
CHANGED_MARK = " (changed by hand)"


def place(spec: CertificateCopySpec) -> Place:
    """The set's store lies beside the certificate, so that a bind mount of that directory carries it along."""
    store = f"{posixpath.dirname(spec.cert_path)}/.{spec.name}"
    links = {spec.cert_path: CERTIFICATE, spec.key_path: KEY}
    # other files' readers must get through; the key is guarded by its own mode
    return Place(store, spec.owner, "0755", links)


class CopyAction(StrEnum):
    """What can be done to a copy."""

    INSTALL = "put certificate and key in place"
    APPLY = "tell their user"
    REPAIR = "set owner and modes"


def plan(live: CertificateCopySpec | None, desired: CertificateCopySpec) -> Sequence[CopyAction]:
    """From what lies in the guest to what shall: owner and modes alone disturb nobody."""
    if live is None or _content(live) != _content(desired):
        if live is not None and live.fingerprint == desired.fingerprint + PENDING_MARK and _shape(live, desired):
            return [CopyAction.APPLY]
        return [CopyAction.INSTALL, CopyAction.APPLY] if desired.after else [CopyAction.INSTALL]
    access = [(spec.owner, spec.key_mode, spec.cert_mode) for spec in (live, desired)]
    return [CopyAction.REPAIR] if access[0] != access[1] else []


def _content(spec: CertificateCopySpec) -> tuple[object, ...]:
    return spec.fingerprint, spec.bundle, spec.anchors


def _shape(live: CertificateCopySpec, desired: CertificateCopySpec) -> bool:
    return _content(live)[1:] == _content(desired)[1:]
