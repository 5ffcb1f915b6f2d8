"""What there is to say about one certificate, and how bad it is (pure)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cryptography.x509.oid import NameOID

from phoenix.model import Certificate
from phoenix.pki.chain import Chain
from phoenix.pki.due import described
from phoenix.pki.reasons import EXPIRED, FOREIGN, KEY_MISMATCH, MISSING, NOT_DUE, UNREADABLE
from phoenix.pki.sans import names_of
from phoenix.providers.pki.certificate.plan import ACCESS, wanted
from phoenix.providers.pki.certificate.reading import Listing
from phoenix.specs.pki import CertificateSpec

FINE, DUE, BROKEN = 0, 1, 2
OK = "ok"
_UNUSABLE = frozenset({EXPIRED, FOREIGN, KEY_MISMATCH, MISSING, UNREADABLE})
_TITLES = ("NAME", "SANS", "ISSUER", "EXPIRES", "LEFT", "USERS", "STATE")


@dataclass(frozen=True)
class Report:
    """One certificate. `expires` is RFC 3339 in UTC and `seconds_left` counts from the node's clock; empty and None
    where there is no certificate to be read. `level` is 0 (in order), 1 (due) or 2 (not usable)."""

    name: str
    sans: tuple[str, ...]
    issuer: str
    expires: str
    seconds_left: int | None
    left: str
    users: tuple[str, ...]
    state: str
    level: int


def describe(desired: CertificateSpec, live: CertificateSpec, listing: Listing, users: tuple[str, ...]) -> Report:
    """What lies on the node, and what the provider makes of it."""
    level, state = _verdict(desired, live)
    sans, issuer, expires, left = tuple(sorted(wanted(desired).names)), "", "", None
    try:
        chain = Chain.parse(listing.found.certificate or b"")
    except ValueError:
        pass
    else:
        sans = tuple(sorted(names_of(chain.leaf)))
        common = chain.leaf.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)
        issuer = str(common[0].value) if common else chain.leaf.issuer.rfc4514_string()
        expires = chain.leaf.not_valid_after_utc.strftime("%Y-%m-%dT%H:%M:%SZ")
        left = chain.leaf.not_valid_after_utc - listing.now
    seconds = None if left is None else int(left.total_seconds())
    shown = "" if left is None or seconds is None else described(left) if seconds > 0 else "none"
    return Report(desired.name, sans, issuer, expires, seconds, shown, users, state, level)


def unreachable(certificate: Certificate, users: tuple[str, ...], cause: str) -> Report:
    """A certificate that nothing can be said about."""
    words = " ".join(cause.split())
    return Report(certificate.name, certificate.names, "", "", None, "", users, f"unreadable: {words}", BROKEN)


def exit_code(reports: Sequence[Report]) -> int:
    """The worst of them."""
    return max((each.level for each in reports), default=FINE)


def table(reports: Sequence[Report]) -> Iterator[str]:
    """A line for each certificate, more where it has several names or users."""
    rows = [(_TITLES,)] + [_lines(each) for each in reports]
    cells = [line for row in rows for line in row]
    # the last column ends where the line does
    widths = [max(len(line[column]) for line in cells) for column in range(len(_TITLES) - 1)]
    for line in cells:
        yield "  ".join([*(cell.ljust(width) for cell, width in zip(line, widths, strict=False)), line[-1]]).rstrip()


def _lines(report: Report) -> tuple[tuple[str, ...], ...]:
    height = max(1, len(report.sans), len(report.users))
    columns = (
        (report.name,), report.sans, (report.issuer,), (report.expires,), (report.left,), report.users, (report.state,),
    )  # fmt: skip
    return tuple(zip(*((*column, *[""] * (height - len(column))) for column in columns), strict=True))


def _verdict(desired: CertificateSpec, live: CertificateSpec) -> tuple[int, str]:
    if live.renew == UNREADABLE:
        return BROKEN, UNREADABLE
    if live.renew != NOT_DUE:
        return BROKEN if live.renew in _UNUSABLE else DUE, f"due: {live.renew}"
    access = [(spec.owner, spec.mode, spec.certificate_mode) for spec in (live, desired)]
    return (FINE, OK) if access[0] == access[1] else (DUE, f"due: {ACCESS}")
