"""The rule that says when a certificate is due, and why."""

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from hypothesis import given, settings
from hypothesis import strategies as st

from phoenix.pki import keys
from phoenix.pki.chain import Chain, fingerprint
from phoenix.pki.due import BACKDATE, Found, Wanted, described, due, renewable
from phoenix.pki.kinds import CertificateKind, KeyType
from phoenix.pki.reasons import EXPIRED, FORCED, NOT_DUE, RETIRING
from tests.pki.authority import START, Authority

AUTHORITY = Authority()
CHAIN, PRIVATE = AUTHORITY.issue()
DAY = timedelta(hours=24)
WANTED = Wanted("a.internal", frozenset({"a.internal"}), CertificateKind.BOTH, KeyType.P256, DAY, timedelta(hours=12))
FRESH = START + timedelta(hours=1)


def found(chain: Chain = CHAIN, key: keys.PrivateKey = PRIVATE, asked_kind: str = "") -> Found:
    return Found(chain.pem, True, keys.public_pem(key.public_key()), asked_kind, (AUTHORITY.root,))


def issued(**given: object) -> Found:
    return found(*AUTHORITY.issue(**given))  # type: ignore[arg-type]


CASES: dict[str, tuple[Found, Wanted, str]] = {
    "nothing to do": (found(), WANTED, NOT_DUE),
    "no certificate": (replace(found(), certificate=None), WANTED, "file missing on the node"),
    "no key": (replace(found(), key_exists=False), WANTED, "file missing on the node"),
    "garbage": (replace(found(), certificate=b"garbage"), WANTED, "unreadable"),
    "empty file": (replace(found(), certificate=b""), WANTED, "unreadable"),
    "garbled PEM": (replace(found(), certificate=CHAIN.pem.replace(b"M", b"A")), WANTED, "unreadable"),
    "unreadable key": (replace(found(), public_key=b""), WANTED, "unreadable"),
    "another key": (found(key=keys.generate(KeyType.P256)), WANTED, "key does not match"),
    "another root": (replace(found(), roots=(Authority().root,)), WANTED, "issuer is not the pinned root"),
    "one of two roots": (replace(found(), roots=(Authority().root, AUTHORITY.root)), WANTED, NOT_DUE),
    "the root that issues": (found(), replace(WANTED, root=fingerprint(AUTHORITY.root)), NOT_DUE),
    "another root issues": (found(), replace(WANTED, root="00"), RETIRING),
    "another root issues, other names": (
        found(),
        replace(WANTED, root="00", names=frozenset({"a.internal", "b.internal"})),
        "SANs differ: + b.internal",
    ),
    "other names": (
        issued(names=frozenset({"a.internal", "b.internal"})),
        replace(WANTED, names=frozenset({"a.internal", "10.0.0.1"})),
        "SANs differ: + 10.0.0.1, - b.internal",
    ),
    "address and wildcard": (
        issued(names=frozenset({"a.internal", "*.internal", "10.0.0.1", "2001:db8::1"})),
        replace(WANTED, names=frozenset({"a.internal", "*.internal", "10.0.0.1", "2001:db8::1"})),
        NOT_DUE,
    ),
    "another common name": (
        issued(names=frozenset({"a.internal", "b.internal"}), common_name="b.internal"),
        replace(WANTED, names=frozenset({"a.internal", "b.internal"})),
        "common name differs: b.internal, wanted a.internal",
    ),
    "another key type": (
        issued(key_type=KeyType.RSA2048),
        WANTED,
        "key type differs: rsa2048, wanted p256",
    ),
    "a kind too narrow": (issued(kind=CertificateKind.CLIENT), WANTED, "kind differs: client, wanted both"),
    "a wider kind will do": (found(), replace(WANTED, kind=CertificateKind.SERVER), NOT_DUE),
    "unless another was asked for": (
        found(asked_kind="both"),
        replace(WANTED, kind=CertificateKind.SERVER),
        "kind differs: both, wanted server",
    ),
    "client alone": (issued(kind=CertificateKind.CLIENT), replace(WANTED, kind=CertificateKind.CLIENT), NOT_DUE),
    "lifetime too long": (
        issued(lifetime=DAY * 2),
        WANTED,
        "lifetime differs: 48h, wanted 24h",
    ),
    "lifetime too short": (
        issued(lifetime=DAY / 2),
        WANTED,
        "lifetime differs: 12h, wanted 24h",
    ),
    "backdated by the CA": (issued(lifetime=DAY + timedelta(minutes=1)), WANTED, NOT_DUE),
}


@pytest.mark.parametrize("case", CASES)
def test_reason(case: str) -> None:
    lies, wanted, reason = CASES[case]
    assert due(lies, wanted, FRESH) == reason


@pytest.mark.parametrize(
    ("age", "reason"),
    [
        (timedelta(hours=12), NOT_DUE),
        (timedelta(hours=12, seconds=1), "expires in 11h59m (window 12h)"),
        (timedelta(hours=20, minutes=48), "expires in 3h12m (window 12h)"),
        (timedelta(hours=23, minutes=59, seconds=57), "expires in 3s (window 12h)"),
        (timedelta(hours=24), EXPIRED),
        (timedelta(days=400), EXPIRED),
    ],
)
def test_time_left(age: timedelta, reason: str) -> None:
    assert due(found(), WANTED, START + age) == reason


def test_forced_only_when_nothing_else() -> None:
    assert due(found(), WANTED, FRESH, forced=True) == FORCED
    assert due(found(), WANTED, START + DAY, forced=True) == EXPIRED


def test_what_is_renewed_and_what_is_signed_afresh() -> None:
    afresh = {reason for _, _, reason in CASES.values()} - {NOT_DUE, RETIRING} | {EXPIRED}
    assert not [reason for reason in afresh if renewable(reason)]
    assert renewable(FORCED)
    assert renewable(RETIRING)
    assert renewable(due(found(), WANTED, START + DAY * 0.9))


def test_a_key_of_a_type_we_do_not_make_is_named() -> None:
    assert keys.key_name(ed25519.Ed25519PrivateKey.generate().public_key()) == "ed25519"


NAMES = st.sets(st.sampled_from(["a.internal", "b.internal", "*.internal", "10.0.0.1", "2001:db8::1"]), min_size=1)
HOURS = st.integers(1, 48)


@settings(max_examples=60)
@given(NAMES, NAMES, HOURS, HOURS, st.floats(0.01, 0.99), st.floats(-0.5, 1.5), st.sampled_from(CertificateKind))
def test_due_exactly_when_something_differs(
    has: set[str],
    wants: set[str],
    lifetime: int,
    wanted_lifetime: int,
    window: float,
    age: float,
    kind: CertificateKind,
) -> None:
    common_name = min(wants)
    chain, key = AUTHORITY.issue(
        frozenset(has), common_name=common_name, lifetime=timedelta(hours=lifetime), key=PRIVATE
    )
    whole = timedelta(hours=wanted_lifetime)
    wanted = Wanted(common_name, frozenset(wants), kind, KeyType.P256, whole, whole * window)
    now = START + timedelta(hours=lifetime) * age
    left = chain.leaf.not_valid_after_utc - now
    expected = has != wants or lifetime != wanted_lifetime or left < wanted.window
    reason = due(found(chain, key), wanted, now)
    assert (reason != NOT_DUE) == expected
    # what the CA would give in answer is never due at once: no perpetual renewal
    fresh, key = AUTHORITY.issue(wanted.names, common_name=common_name, lifetime=whole, start=now, key=PRIVATE)
    assert due(found(fresh, key, asked_kind=kind), wanted, now) == NOT_DUE


@given(st.timedeltas(timedelta(seconds=1), BACKDATE))
@settings(max_examples=20)
def test_any_backdate_is_accepted(backdate: timedelta) -> None:
    whole_seconds = timedelta(seconds=int(backdate.total_seconds()))
    assert due(issued(lifetime=DAY + whole_seconds, key=PRIVATE), WANTED, FRESH) == NOT_DUE


@pytest.mark.parametrize(
    ("left", "text"),
    [
        (timedelta(hours=3, minutes=12, seconds=59), "3h12m"),
        (timedelta(hours=12), "12h"),
        (timedelta(minutes=59, seconds=1), "59m"),
        (timedelta(seconds=59), "59s"),
        (timedelta(0), "0s"),
    ],
)
def test_durations(left: timedelta, text: str) -> None:
    assert described(left) == text
