"""When the CA is down, slow, wrong or of another mind; and when a run dies between any two steps."""

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import pytest

from phoenix.clients import step_ca, switched_files
from phoenix.errors import PhoenixError, UnobservableError
from phoenix.pki import keys
from phoenix.pki.chain import Chain
from phoenix.providers.pki.certificate import CertificateReconciler
from phoenix.providers.pki.certificate.issuing import Issuer
from tests import loopback_ssh, step_ca_server
from tests.pki.authority import Authority
from tests.providers.pki.certificate_node import Node, age
from tests.providers.pki.killer import arm, disarm
from tests.step_ca_server import Server


@pytest.fixture
def ca(tmp_path: Path) -> Iterator[Server]:
    yield from step_ca_server.serve(tmp_path / "ca")


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ca: Server) -> Iterator[Node]:
    for host in loopback_ssh.serve(tmp_path, monkeypatch):
        yield Node(host, ca, tmp_path / "certificates")


CHAIN, KEY = Authority().issue()
PAIR = (CHAIN.pem, keys.private_pem(KEY))


def sign(node: Node, wait: float = 0.5, **fields: Any) -> None:
    Issuer.reach(node.host.settings, node.spec(**fields), wait).sign()


def down(node: Node) -> None:
    node.ca.stop()


def wrong_password(node: Node) -> None:
    (node.ca.steppath / "provisioner_password.txt").write_text("not-the-password")


def renamed(node: Node) -> None:
    node.ca.configure({"name": "somebody@else"})


def without_password(node: Node) -> None:
    (node.ca.steppath / "provisioner_password.txt").unlink()


def without_root(node: Node) -> None:
    (node.ca.steppath / "certs/root_ca.crt").unlink()


def garbled_root(node: Node) -> None:
    (node.ca.steppath / "certs/root_ca.crt").write_text("garbage")


def another_root(node: Node) -> None:
    other = step_ca_server.bootstrap(node.ca.steppath.parent / "other", "Another CA")
    (node.ca.steppath / "certs/root_ca.crt").write_bytes((other.steppath / "certs/root_ca.crt").read_bytes())


@pytest.mark.parametrize(
    ("trouble", "fields", "words"),
    [
        (down, {}, ["does not answer", "refused", "waited", "systemctl status step-ca"]),
        (wrong_password, {}, ["does not open the key of its provisioner", "provisioner_password.txt"]),
        (renamed, {}, ["no JWK provisioner 'admin@internal'", "somebody@else (JWK)", "ca.json"]),
        (without_password, {}, ["provisioner_password.txt is missing", "set up the CA guest"]),
        (without_root, {}, ["root_ca.crt is missing", "set up the CA guest"]),
        (garbled_root, {}, ["root_ca.crt is not a PEM certificate"]),
        (another_root, {}, ["cannot be verified with the pinned root", "certificate verify failed"]),
        (None, {"lifetime_hours": 72}, ["403", "more than the authorized maximum", "48h1m0s", "claims in ca.json"]),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_trouble_is_one_clear_error(
    node: Node, trouble: Callable[[Node], None] | None, fields: dict[str, Any], words: list[str]
) -> None:
    if trouble is not None:
        trouble(node)
    start = time.monotonic()
    with pytest.raises(PhoenixError) as caught:
        sign(node, **fields)
    for word in ["certificate nginx", "next: ", *words]:
        assert word in str(caught.value)
    assert time.monotonic() - start < 10
    assert not (node.directory / "nginx/key.pem").exists()


def test_a_ca_that_is_just_starting_is_waited_for(node: Node) -> None:
    node.ca.stop()
    later = threading.Timer(1.0, node.ca.start, [False])
    later.start()
    sign(node, wait=20)
    later.join()
    assert node.certificate().up()["fingerprint"]


@pytest.mark.parametrize("minutes", [-30, 30])
def test_a_runner_with_a_wrong_clock_still_gets_certificates(
    node: Node, monkeypatch: pytest.MonkeyPatch, minutes: int
) -> None:
    class Shifted(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Shifted":
            return super().now(tz) + timedelta(minutes=minutes)

    monkeypatch.setattr(step_ca, "datetime", Shifted)
    nginx = node.certificate()
    nginx.up()
    node.put(nginx.spec, not_before=age(5))
    assert nginx.preview()["renew"].startswith("expires in ")
    nginx.up()
    assert nginx.preview() == {}


def test_where_renewal_is_refused_it_is_signed_afresh(node: Node) -> None:
    nginx = node.certificate()
    nginx.up()
    key = node.put(nginx.spec, not_before=age(5)) and node.pair(nginx.spec)[1]
    node.ca.configure({"claims": {"disableRenewal": True}})
    nginx.up()
    assert nginx.preview() == {}
    assert node.pair(nginx.spec)[1] != key


TEMPLATE = """{{- $kind := printf "%v" .Insecure.User.kind -}}
{
  "subject": {{ toJson .Subject }},
  "sans": {{ toJson .SANs }},
  "keyUsage": ["digitalSignature"],
  "extKeyUsage": {{ if eq $kind "both" }}["serverAuth", "clientAuth"]{{ else }}["{{ $kind }}Auth"]{{ end }}
}
"""
"""An operator's own, for exact kinds. https://smallstep.com/docs/step-ca/templates/"""


def test_a_template_grants_just_the_kind(node: Node) -> None:
    node.ca.configure({"options": {"x509": {"template": TEMPLATE}}})
    for kind in ("server", "client", "both"):
        managed = node.certificate(name=kind, kind=kind)
        managed.up()
        assert node.pair(managed.spec)[0].kind == kind
        node.put(managed.spec, not_before=age(5))
        key = node.pair(managed.spec)[1]
        managed.up()
        assert managed.preview() == {}
        # step-ca takes a renewal from a client alone
        assert (node.pair(managed.spec)[1] == key) == (kind != "server")


def test_a_certificate_without_its_root_is_unobservable_not_due(node: Node) -> None:
    nginx = node.certificate()
    nginx.up()
    without_root(node)
    with pytest.raises(UnobservableError, match="is missing or unreadable"):
        CertificateReconciler().observe(node.host.settings, nginx.spec)
    assert nginx.provider.read("id", nginx.recorded or {}).outs == nginx.recorded


@pytest.mark.parametrize("before", ["nothing", "plain files", "a pair of ours"])
def test_killed_between_any_two_steps(node: Node, before: str) -> None:
    spec = node.spec()
    for step in itertools.count(1):
        node.shell.run(["rm", "-rf", spec.directory])
        old = lay(node, before)
        arm(node.host, step)
        try:
            sign(node, wait=5)
            died = False
        except PhoenixError:
            died = True
        disarm(node.host)
        directory = Path(spec.directory)
        if (directory / "cert.pem").exists() and (directory / "key.pem").exists():
            assert matched(directory), f"{before}: unmatched after step {step}"
        elif old:
            raise AssertionError(f"{before}: the old pair is gone after step {step}")
        if not died:
            break
        assert step < 80
        if step % 3 == 0:
            nginx = node.certificate()
            nginx.up()
            assert matched(directory)
            assert nginx.preview() == {}
            assert len(list((directory / "versions").iterdir())) <= 2
    assert step > 12, "nothing was killed"


def lay(node: Node, before: str) -> bool:
    if before == "nothing":
        return False
    spec = node.spec()
    directory = Path(spec.directory)
    if before == "a pair of ours":
        node.put_pair(spec, *PAIR)
    else:
        directory.mkdir(parents=True)
        (directory / "cert.pem").write_bytes(PAIR[0])
        (directory / "key.pem").write_bytes(PAIR[1])
    return True


def matched(directory: Path) -> bool:
    chain = Chain.parse((directory / "cert.pem").read_bytes())
    return keys.matches((directory / "key.pem").read_bytes(), chain.leaf)


def test_a_reader_never_sees_a_pair_that_does_not_match(node: Node) -> None:
    spec = node.spec()
    sign(node)
    stop = threading.Event()
    seen: set[str] = set()
    wrong: list[str] = []

    def read() -> None:
        while not stop.is_set():
            pair = switched_files.read(node.shell, spec.directory, ["cert.pem", "key.pem"])
            chain = Chain.parse(pair["cert.pem"])
            seen.add(str(chain.leaf.serial_number))
            if not keys.matches(pair["key.pem"], chain.leaf):
                wrong.append(str(chain.leaf.serial_number))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for _ in range(15):
            sign(node)
    finally:
        stop.set()
        reader.join(30)
    assert len(seen) > 3
    assert not wrong
    assert datetime.now(UTC) < node.pair(spec)[0].leaf.not_valid_after_utc
