"""From what lies on the node to what shall, without I/O; and wishes that are refused."""

from typing import Any

import pytest

from phoenix.providers.pki.certificate.plan import Renew, Repair, Sign, plan, remark
from phoenix.specs.pki import CaSpec, CertificateSpec

LIVE = CertificateSpec(
    node="10.0.0.13",
    name="nginx",
    directory="/quickOS/certificates/nginx",
    common_name="nginx.internal",
    ca=CaSpec(url="https://10.0.0.10:9000", steppath="/s", provisioner="p"),
)


@pytest.mark.parametrize(
    ("live", "actions"),
    [
        (LIVE, []),
        (None, [Sign("file missing on the node")]),
        (LIVE.model_copy(update={"renew": "expired"}), [Sign("expired")]),
        (LIVE.model_copy(update={"renew": "forced", "owner": "a:b"}), [Renew("forced"), Repair()]),
        (LIVE.model_copy(update={"renew": "expires in 3h (window 12h)"}), [Renew("expires in 3h (window 12h)")]),
        (LIVE.model_copy(update={"owner": "a:b"}), [Repair()]),
        (LIVE.model_copy(update={"mode": "0644"}), [Repair()]),
    ],
    ids=str,
)
def test_plan(live: CertificateSpec | None, actions: list[object]) -> None:
    assert plan(live, LIVE) == actions


@pytest.mark.parametrize(
    ("live", "words"),
    [
        ({}, ""),
        ({"renew_before_hours": 3, "revoke": False}, ""),
        ({"renew": "expires in 3h12m (window 12h)"}, "renew: expires in 3h12m (window 12h)"),
        ({"renew": "forced", "sans": ("b.internal",), "owner": "a:b"}, "renew: forced"),
        ({"sans": ("b.internal", "10.0.0.1")}, "renew: SANs differ: - 10.0.0.1, - b.internal"),
        ({"sans": ("NGINX.internal",)}, ""),
        ({"key_type": "p384"}, "renew: key type differs: p384, wanted p256"),
        ({"kind": "client"}, "renew: kind differs: client, wanted both"),
        ({"lifetime_hours": 8}, "renew: lifetime differs: 8h, wanted 24h"),
        ({"mode": "0640"}, "owner or mode differs: set right without a renewal"),
    ],
    ids=str,
)
def test_a_preview_says_why(live: dict[str, Any], words: str) -> None:
    assert remark(CertificateSpec.model_validate({**LIVE.model_dump(exclude_none=True), **live}), LIVE) == words


@pytest.mark.parametrize(
    "fields",
    [
        {"directory": "certificates/nginx"},
        {"common_name": "not a name"},
        {"sans": ["10.0.0.256"]},
        {"sans": ["a.*.internal"]},
        {"lifetime_hours": 0},
        {"renew_before_hours": 24},
        {"owner": "root"},
        {"mode": "rw"},
        {"kind": "mail"},
        {"ca": {"url": "http://10.0.0.10:9000", "steppath": "/s", "provisioner": "p"}},
    ],
    ids=str,
)
def test_bad_wishes_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        CertificateSpec.model_validate({**LIVE.model_dump(mode="json", exclude_none=True), **fields})
