"""What monitoring is told of certificates, and which resources a run for certificates alone takes."""

from datetime import timedelta
from typing import Any

import pytest

from phoenix.commands.certificate_part import targets
from phoenix.commands.certificate_report import Report, describe, exit_code, table, unreachable
from phoenix.model import Certificate
from phoenix.pki.chain import Chain
from phoenix.pki.due import Found
from phoenix.providers.pki.certificate.reading import Listing
from phoenix.specs.pki import CertificateSpec
from tests.pki.authority import START, Authority

DESIRED = CertificateSpec.model_validate(
    {
        "node": "10.0.0.13",
        "name": "nginx",
        "directory": "/quickOS/certificates/nginx",
        "common_name": "a.internal",
        "ca": {"url": "https://10.0.0.10:9000", "steppath": "/s", "provisioner": "admin"},
    }
)
USERS = ("guest 101 (Nginx)", "secret nginx_key")


def report(chain: Chain | None, left: timedelta, **live: Any) -> Report:
    now = START + timedelta(hours=24) - left
    found = Found(chain.pem if chain else None, True, b"", "", ())
    listing = Listing(found, now, (frozenset(), frozenset()), ("", ""))
    return describe(DESIRED, DESIRED.model_copy(update=live), listing, USERS)


@pytest.mark.parametrize(
    ("live", "level", "state"),
    [
        ({}, 0, "ok"),
        ({"renew": "expires in 3h (window 12h)"}, 1, "due: expires in 3h (window 12h)"),
        ({"renew": "SANs differ: + b"}, 1, "due: SANs differ: + b"),
        ({"renew": "forced"}, 1, "due: forced"),
        ({"mode": "0640"}, 1, "due: owner or mode differs"),
        ({"renew": "expired"}, 2, "due: expired"),
        ({"renew": "file missing on the node"}, 2, "due: file missing on the node"),
        ({"renew": "key does not match"}, 2, "due: key does not match"),
        ({"renew": "issuer is not the pinned root"}, 2, "due: issuer is not the pinned root"),
        ({"renew": "unreadable"}, 2, "unreadable"),
    ],
)
def test_state_and_how_bad_it_is(live: dict[str, str], level: int, state: str) -> None:
    found = report(None, timedelta(hours=3), **live)
    assert (found.level, found.state, found.seconds_left) == (level, state, None)


def test_what_the_certificate_says() -> None:
    chain, _ = Authority().issue(frozenset({"a.internal", "10.0.0.1"}))
    found = report(chain, timedelta(hours=3, minutes=5))
    assert (found.sans, found.issuer) == (("10.0.0.1", "a.internal"), "In memory")
    assert (found.expires, found.seconds_left, found.left) == ("2026-11-02T00:00:00Z", 11100, "3h05m")
    assert report(chain, timedelta(seconds=-5)).left == "none"


def test_the_worst_decides() -> None:
    fine, due = report(None, timedelta()), report(None, timedelta(), renew="forced")
    given = Certificate.model_validate({"name": "x", "common_name": "x.internal"})
    silent = unreachable(given, (), "no route\nto host")
    assert silent.state == "unreadable: no route to host"
    assert [exit_code(each) for each in ([], [fine], [fine, due], [due, silent, fine])] == [0, 0, 1, 2]


def test_the_table_lines_up() -> None:
    chain, _ = Authority().issue(frozenset({"a.internal", "10.0.0.1"}))
    title, first, second = table([report(chain, timedelta(hours=3))])
    for word, line in (("SANS", first), ("USERS", first)):
        assert line[title.index(word) - 1] == " " != line[title.index(word)]
    assert second.split() == ["a.internal", "secret", "nginx_key"]
    assert first.endswith("ok")


def test_certificates_alone_take_their_users_and_nobody_else() -> None:
    def resource(name: str, kind: str, **sources: list[str] | None) -> dict[str, Any]:
        return {"urn": name, "type": kind, "custom": "index" not in kind, "propertyDependencies": sources}

    state = [
        resource("cert", "pulumi-python:dynamic/phoenix:Certificate"),
        resource("copy", "pulumi-python:dynamic/phoenix:CertificateCopy", fingerprint=["cert"]),
        resource("secret", "pulumi-python:dynamic/phoenix:DockerSecret", fingerprint=["cert"]),
        resource("other", "pulumi-python:dynamic/phoenix:SettingSecret"),
        resource("stack", "pulumi-python:dynamic/phoenix:SwarmStack", compose=["secret"], env=[]),
        resource("plain", "pulumi-python:dynamic/phoenix:SwarmStack", compose=["other"], env=None),
        resource("hook", "command:local:Command", triggers=["cert"]),
        resource("stage", "phoenix:index:Certificates", x=["cert"]),
    ]
    words = targets(state)
    assert words[::2] == ["--target"] * 5
    assert words[1::2] == [
        "**/phoenix:Certificate::**",
        "**/phoenix:CertificateCopy::**",
        "**/phoenix:DockerSecret::**",
        "stack",
        "hook",
    ]
