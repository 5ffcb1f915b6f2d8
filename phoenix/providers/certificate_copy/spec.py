"""A certificate's place in a guest, and how to get it there (pure)."""

import posixpath
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from phoenix.clients.target import LxcTarget, VmTarget
from phoenix.clients.versioned import Place
from phoenix.providers.certificate.spec import AbsolutePath, Mode, Owner
from phoenix.providers.reconciler import Spec

CERTIFICATE, KEY, SUMS = "cert.pem", "key.pem", "SHA256SUMS"
MISSING = "missing"
PENDING_MARK = " (not yet in use)"
CHANGED_MARK = " (changed by hand)"


class Bundle(StrEnum):
    """What the certificate's file holds."""

    LEAF = "leaf"
    CHAIN = "chain"
    """Leaf and intermediate: what a server sends."""
    FULL = "full"
    """Leaf, intermediate and root."""


class Reload(Spec):
    """Reload (or restart, where it cannot) a systemd unit that is active; with `start` also enable and start it."""

    kind: Literal["reload"] = "reload"
    unit: str
    start: bool = False


class Command(Spec):
    """Run a command in the guest."""

    kind: Literal["command"] = "command"
    argv: Annotated[tuple[str, ...], Field(min_length=1)]


class CertificateCopySpec(Spec):
    """One certificate in one guest: certificate and key, and the CA's root where asked for."""

    name: str
    node: str
    source: AbsolutePath
    """The certificate's directory on the node."""
    root: AbsolutePath
    """The file of pinned roots on the node."""
    target: Annotated[LxcTarget | VmTarget, Field(discriminator="kind")]
    fingerprint: str
    """Of the leaf to have; in the live state of what lies there, with a remark when that is not in order."""
    cert_path: AbsolutePath
    key_path: AbsolutePath
    ca_path: AbsolutePath | None = None
    """A plain file, which several copies in one guest may share; it stays when a copy goes."""
    anchors: str = ""
    """Stands for the roots to have at `ca_path` together; empty: not looked at."""
    bundle: Bundle = Bundle.CHAIN
    owner: Owner = "root:root"
    key_mode: Mode = "0600"
    cert_mode: Mode = "0644"
    after: Annotated[Reload | Command, Field(discriminator="kind")] | None = None
    verify: tuple[str, ...] = ()
    """A command in the guest that must succeed once the new pair is in use."""

    @property
    def has_user(self) -> bool:
        """Whether somebody must be told of a new pair, or asked about it."""
        return self.after is not None or bool(self.verify)

    @property
    def place(self) -> Place:
        """The set's store lies beside the certificate, so that a bind mount of that directory carries it along."""
        store = f"{posixpath.dirname(self.cert_path)}/.{self.name}"
        links = {self.cert_path: CERTIFICATE, self.key_path: KEY}
        # other files' readers must get through; the key is guarded by its own mode
        return Place(store, self.owner, "0755", links)


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
        return [CopyAction.INSTALL, CopyAction.APPLY] if desired.has_user else [CopyAction.INSTALL]
    access = [(spec.owner, spec.key_mode, spec.cert_mode) for spec in (live, desired)]
    return [CopyAction.REPAIR] if access[0] != access[1] else []


def _content(spec: CertificateCopySpec) -> tuple[object, ...]:
    return spec.fingerprint, spec.bundle, spec.anchors


def _shape(live: CertificateCopySpec, desired: CertificateCopySpec) -> bool:
    return _content(live)[1:] == _content(desired)[1:]
