"""What a certificate of the manifest shall be, and how to get from what lies on the node to it (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from phoenix.clients.versioned import Place
from phoenix.pki.due import MISSING, NOT_DUE, Wanted, renewable
from phoenix.pki.kinds import CertificateKind, KeyType
from phoenix.pki.names import all_names, canonical, difference
from phoenix.providers.reconciler import Spec

CERTIFICATE = "cert.pem"
KEY = "key.pem"
ASKED_KIND = "kind"
ACCESS = "owner or mode differs"


def _known_name(value: str) -> str:
    canonical(value)
    return value


SubjectName = Annotated[str, AfterValidator(_known_name)]
AbsolutePath = Annotated[str, Field(pattern=r"^(/[^/\s]+)+$")]
Owner = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+:[A-Za-z0-9_.-]+$")]
Mode = Annotated[str, Field(pattern=r"^0?[0-7]{3}$")]
"""Octal digits; what a live file has is expressed in it too, so it is no place to be strict."""


class CaSpec(Spec):
    """The CA: where it listens, its directory on the node (root, provisioner's password), and its JWK provisioner."""

    url: Annotated[str, Field(pattern=r"^https://")]
    steppath: AbsolutePath
    provisioner: str

    @property
    def root_path(self) -> str:
        """The file of pinned roots on the node."""
        return f"{self.steppath}/certs/root_ca.crt"

    @property
    def password_path(self) -> str:
        """The file with the provisioner's password on the node."""
        return f"{self.steppath}/provisioner_password.txt"


class CertificateSpec(Spec):
    """A certificate and its key in `directory` on the node: `cert.pem` (leaf and intermediate) and `key.pem`."""

    node: str
    name: str
    directory: AbsolutePath
    common_name: SubjectName
    sans: tuple[SubjectName, ...] = ()
    """More names; the common name always is one."""
    kind: CertificateKind = CertificateKind.BOTH
    """What it must be able to prove; step-ca grants both unless a template of the operator says less."""
    key_type: KeyType = KeyType.P256
    lifetime_hours: Annotated[int, Field(gt=0)] = 24
    renew_before_hours: Annotated[float, Field(gt=0)] | None = None
    """Time left below which it is due; half the lifetime when not given."""
    ca: CaSpec
    owner: Owner = "root:root"
    mode: Mode = "0600"
    """The key's; the directory can be entered by those who may read the key."""
    certificate_mode: Mode = "0644"
    revoke: bool = True
    """Whether its removal also revokes it (as far as the CA can be reached)."""
    root: str = ""
    """Fingerprint of the root that must stand behind it; empty: any trusted one."""
    renew: str = NOT_DUE
    """Why it is due; the program always says `no`."""

    @model_validator(mode="after")
    def _window_within_lifetime(self) -> Self:
        if self.renew_before_hours is not None and self.renew_before_hours >= self.lifetime_hours:
            raise ValueError("renew_before_hours must be less than lifetime_hours, or it would always be due")
        return self

    @property
    def wanted(self) -> Wanted:
        """The certificate to have, for the due rule."""
        window = self.renew_before_hours or self.lifetime_hours / 2
        return Wanted(
            self.common_name,
            all_names(self.common_name, self.sans),
            self.kind,
            self.key_type,
            timedelta(hours=self.lifetime_hours),
            timedelta(hours=window),
            self.root,
        )

    @property
    def place(self) -> Place:
        """Where its files lie on the node."""
        mode = self.mode.zfill(4)
        # who may read the key may enter: 0600 -> 0700, 0640 -> 0750
        directory_mode = f"07{'5' if mode[2] != '0' else '0'}0"
        links = {f"{self.directory}/{name}": name for name in (CERTIFICATE, KEY)}
        return Place(self.directory, self.owner, directory_mode, links)


@dataclass(frozen=True)
class Renew:
    """Lets the CA renew it: same key, names and lifetime."""

    reason: str

    def __str__(self) -> str:
        return f"renew ({self.reason})"


@dataclass(frozen=True)
class Sign:
    """Lets the CA sign a new key."""

    reason: str

    def __str__(self) -> str:
        return f"sign ({self.reason})"


@dataclass(frozen=True)
class Repair:
    """Sets owner and mode of the files."""

    def __str__(self) -> str:
        return "set owner and mode"


CertificateAction = Renew | Sign | Repair


def plan(live: CertificateSpec | None, desired: CertificateSpec) -> Sequence[CertificateAction]:
    """From what lies on the node to what shall: only a new pair brings owner and modes with it."""
    if live is None:
        return [Sign(MISSING)]
    if live.renew != NOT_DUE and not renewable(live.renew):
        return [Sign(live.renew)]
    renewal: list[CertificateAction] = [] if live.renew == NOT_DUE else [Renew(live.renew)]
    return renewal if _access(live) == _access(desired) else [*renewal, Repair()]


def remark(live: CertificateSpec, desired: CertificateSpec) -> str:
    """Why it will be renewed, signed afresh or repaired: what lies there, or a wish that changed since the last run."""
    if reason := _reason(live, desired):
        return f"renew: {reason}"
    return "" if _access(live) == _access(desired) else f"{ACCESS}: set right without a renewal"


def _reason(live: CertificateSpec, desired: CertificateSpec) -> str:
    if live.renew != NOT_DUE:
        return live.renew
    if names := difference(desired.wanted.names, live.wanted.names):
        return f"SANs differ: {names}"
    for what, had, wants in (
        ("common name", live.common_name, desired.common_name),
        ("key type", live.key_type, desired.key_type),
        ("kind", live.kind, desired.kind),
        ("lifetime", f"{live.lifetime_hours}h", f"{desired.lifetime_hours}h"),
    ):
        if had != wants:
            return f"{what} differs: {had}, wanted {wants}"
    return ""


def _access(spec: CertificateSpec) -> tuple[str, str, str]:
    return spec.owner, spec.mode, spec.certificate_mode
