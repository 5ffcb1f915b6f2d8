"""From what lies on the node to the certificate that shall be there (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from phoenix.clients.switched_files import Place
from phoenix.pki.due import Wanted, renewable
from phoenix.pki.names import all_names, difference
from phoenix.pki.reasons import MISSING, NOT_DUE
from phoenix.specs.pki import CertificateSpec

CERTIFICATE = "cert.pem"
KEY = "key.pem"
ASKED_KIND = "kind"
ACCESS = "owner or mode differs"


def wanted(spec: CertificateSpec) -> Wanted:
    """The certificate to have, for the due rule."""
    window = spec.renew_before_hours or spec.lifetime_hours / 2
    return Wanted(
        spec.common_name,
        all_names(spec.common_name, spec.sans),
        spec.kind,
        spec.key_type,
        timedelta(hours=spec.lifetime_hours),
        timedelta(hours=window),
        spec.root,
    )


def place(spec: CertificateSpec) -> Place:
    """Where its files lie on the node."""
    mode = spec.mode.zfill(4)
    # who may read the key may enter: 0600 -> 0700, 0640 -> 0750
    directory_mode = f"07{'5' if mode[2] != '0' else '0'}0"
    links = {f"{spec.directory}/{name}": name for name in (CERTIFICATE, KEY)}
    return Place(spec.directory, spec.owner, directory_mode, links)


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
    if names := difference(wanted(desired).names, wanted(live).names):
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
