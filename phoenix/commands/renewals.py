"""Which changes of a preview are renewals by time: the hourly run makes them without anybody's review (pure)."""

from collections.abc import Iterable

from phoenix.commands.changes import UNKNOWN, Change, Field
from phoenix.pki.reasons import EXPIRED, EXPIRES

_WAITING = {
    "CertificateCopy": "fingerprint",
    "DockerSecret": "fingerprint",
    "SwarmStack": "compose",
    "PortainerStack": "compose",
}
"""Kinds that take a certificate, with the field that is not known before it is there."""


def renewals(changes: Iterable[Change]) -> frozenset[str]:
    """The URNs of certificates near their end, and of what waits for nothing but their successors.

    Where a certificate changes for any other reason, what waits might wait for that one: then only certificates count.
    """
    known = tuple(changes)
    certificates = [each for each in known if each.kind == "Certificate"]
    late = {each.urn for each in certificates if _is_late(each)}
    if not late or len(late) < len(certificates):
        return frozenset(late)
    return frozenset(late | {each.urn for each in known if _waits(each)})


def _is_late(change: Change) -> bool:
    field = _only_field(change)
    return field is not None and field.path == "renew" and field.before.startswith((EXPIRED, EXPIRES))


def _waits(change: Change) -> bool:
    field = _only_field(change)
    return field is not None and field.path == _WAITING.get(change.kind) and field.after == UNKNOWN


def _only_field(change: Change) -> Field | None:
    return change.fields[0] if change.operation == "update" and len(change.fields) == 1 else None
