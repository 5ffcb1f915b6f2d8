"""Renewals by time are told from changes that somebody must review."""

import pytest

from phoenix.commands.changes import Change
from phoenix.commands.renewals import renewals
from tests.commands.previews import COPY, EXPIRED, FORCED, LATE, MEMORY, SECRET, STACK, change

OTHER_NAMES = change("Certificate", "certificate-web", renew=("expires in 3h", "no"), sans=("[]", '["b"]'))
OTHER_PLACE = change(
    "CertificateCopy", "copy-nginx-101", fingerprint=("a", "(known when it is made)"), owner=("a", "b")
)


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ([MEMORY], []),
        ([LATE, EXPIRED, COPY, SECRET, STACK, MEMORY], [LATE, EXPIRED, COPY, SECRET, STACK]),
        ([FORCED, COPY], []),
        ([OTHER_NAMES, COPY], []),
        # which of the two the copy waits for is not known
        ([LATE, change("Certificate", "certificate-new", "create"), COPY], [LATE]),
        ([LATE, OTHER_PLACE], [LATE]),
        ([COPY], []),
        ([LATE, change("CertificateCopy", "copy-nginx-101", fingerprint=("a", "b"))], [LATE]),
    ],
)
def test_renewals(changes: list[Change], wanted: list[Change]) -> None:
    assert renewals(changes) == {each.urn for each in wanted}
