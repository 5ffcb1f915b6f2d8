"""Certificates of the manifest: issued by Step-CA, kept on the node, renewed when they are due."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import pulumi

from phoenix.clients import files, switched_files
from phoenix.clients.shell import open_shell
from phoenix.console import tell
from phoenix.errors import PhoenixError
from phoenix.pki.chain import Chain, fingerprint
from phoenix.pki.due import Found, due
from phoenix.providers.core.reconciler import Observation, Reconciler
from phoenix.providers.core.resource import Resource
from phoenix.providers.pki.certificate.issuing import Issuer
from phoenix.providers.pki.certificate.plan import (
    CERTIFICATE,
    KEY,
    CertificateAction,
    Renew,
    Sign,
    place,
    plan,
    remark,
    wanted,
)
from phoenix.providers.pki.certificate.reading import Listing, read
from phoenix.settings import Settings
from phoenix.specs.pki import CertificateSpec
from phoenix.specs.target import NodeTarget

_REVOKE_WAIT_SECONDS = 3.0
_EVERY = "*"
_renewed_lock = threading.Lock()
_renewed: set[str] = set()
"""What this run has issued: forcing means once a run, not for ever."""


class CertificateReconciler(Reconciler[CertificateSpec, CertificateAction]):
    """Converges one certificate; `clock` replaces the node's clock in the due decision alone."""

    spec = CertificateSpec
    replace_on = frozenset({"node", "directory"})

    def __init__(self, clock: Callable[[], datetime] | None = None) -> None:
        self._clock = clock

    def identity(self, desired: CertificateSpec) -> str:
        return f"certificate/{desired.name}"

    def observe(self, settings: Settings, desired: CertificateSpec) -> Observation[CertificateSpec]:
        """Never absent: a missing file is a reason to sign, and the preview shall say so."""
        return self.judge(settings, desired, read(open_shell(settings, NodeTarget(node=desired.node)), desired))

    def judge(self, settings: Settings, desired: CertificateSpec, listing: Listing) -> Observation[CertificateSpec]:
        """What `listing` means for the certificate: whether it is due, and who owns it."""
        now = self._clock() if self._clock else listing.now
        reason = due(listing.found, wanted(desired), now, forced=_forced(settings, desired))
        live = desired.model_copy(update={"renew": reason, **_access(listing, desired)})
        return Observation(live, _outputs(listing.found, now))

    def plan(self, live: CertificateSpec | None, desired: CertificateSpec) -> Sequence[CertificateAction]:
        return plan(live, desired)

    def remark(self, live: CertificateSpec, desired: CertificateSpec) -> str:
        return remark(live, desired)

    def perform(
        self, settings: Settings, desired: CertificateSpec, action: CertificateAction
    ) -> Observation[CertificateSpec] | None:
        match action:
            case Renew():
                listing = Issuer.reach(settings, desired).renew()
            case Sign():
                listing = Issuer.reach(settings, desired).sign()
            case _:
                _repair(settings, desired)
                return None
        with _renewed_lock:
            _renewed.add(_label(desired))
        return self.judge(settings, desired, listing)

    def remove(self, settings: Settings, spec: CertificateSpec) -> None:
        shell = open_shell(settings, NodeTarget(node=spec.node))
        certificate = files.read(shell, f"{spec.directory}/{CERTIFICATE}")
        if spec.revoke and certificate is not None:
            try:
                serial = Chain.parse(certificate).leaf.serial_number
                Issuer.reach(settings, spec, _REVOKE_WAIT_SECONDS).revoke(serial)
            except (PhoenixError, ValueError) as error:
                # a certificate that runs out by itself must not keep the operator from removing it
                tell(f"warning: not revoked: {error}")
        switched_files.remove(shell, place(spec))


def _label(spec: CertificateSpec) -> str:
    return f"{spec.node}:{spec.directory}"


def _forced(settings: Settings, desired: CertificateSpec) -> bool:
    asked = {_EVERY, desired.name} & set(settings.renew_certificates)
    with _renewed_lock:
        return bool(asked) and _label(desired) not in _renewed


def _access(listing: Listing, desired: CertificateSpec) -> dict[str, str]:
    """Owner and mode as they are; as desired where they agree, whatever the spelling."""
    other = [owner for owner in listing.owners if owner and desired.owner not in owner]
    modes = dict(zip(("certificate_mode", "mode"), listing.modes, strict=True))
    return {
        # a number without a name shows as UNKNOWN: the number says more
        "owner": max(other[0], key=lambda spelling: ("UNKNOWN" not in spelling, spelling)) if other else desired.owner,
        **{field: mode for field, mode in modes.items() if mode not in ("", getattr(desired, field).zfill(4))},
    }


def _outputs(found: Found, now: datetime) -> dict[str, Any]:
    nothing = dict.fromkeys(("fingerprint", "not_after", "serial", "root_fingerprint"), "")
    try:
        chain = Chain.parse(found.certificate or b"")
    except ValueError:
        return nothing
    root = chain.root(found.roots, now) or next(iter(found.roots), None)
    return {
        "fingerprint": fingerprint(chain.leaf),
        "not_after": chain.leaf.not_valid_after_utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "serial": str(chain.leaf.serial_number),
        "root_fingerprint": fingerprint(root) if root else "",
    }


def _repair(settings: Settings, desired: CertificateSpec) -> None:
    directory, mode = desired.directory, place(desired).mode
    open_shell(settings, NodeTarget(node=desired.node)).script(
        'cd "$1"; chown "$2" . versions 2>/dev/null || chown "$2" .; chmod "$3" .\n'
        'chown "$2" "$5" "$6"; chmod "$7" "$5"; chmod "$4" "$6"\n'
        'if [ -d current ]; then chmod "$3" versions; cd -P current; chown -R "$2" .; chmod "$3" .; fi',
        *(directory, desired.owner, mode, desired.mode, CERTIFICATE, KEY, desired.certificate_mode),
    )


class Certificate(Resource[CertificateSpec], reconciler=CertificateReconciler()):
    """A certificate on the node; whoever uses it takes `fingerprint`, and so changes only when it does."""

    fingerprint: pulumi.Output[str]
    """Hex SHA-256 of the leaf."""
    not_after: pulumi.Output[str]
    """RFC 3339, UTC."""
    serial: pulumi.Output[str]
    """Decimal."""
    root_fingerprint: pulumi.Output[str]
    """Hex SHA-256 of the root behind it."""
