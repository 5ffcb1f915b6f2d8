"""Certificates on a real step-ca: each reason shows in the preview, `up` cures just that, the next preview is clean."""

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from phoenix.clients import ssh
from phoenix.pki import keys
from phoenix.pki.chain import usages
from phoenix.pki.kinds import CertificateKind, KeyType
from phoenix.pki.sans import names_of
from phoenix.providers.pki.certificate import CertificateReconciler
from phoenix.providers.pki.certificate.plan import Renew, wanted
from phoenix.specs.pki import CertificateSpec
from tests import loopback_ssh, step_ca_server
from tests.pki.authority import Authority
from tests.providers.core.managed import Managed
from tests.providers.pki.certificate_node import Change, Node, age, fingerprint
from tests.step_ca_server import Server


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    yield from step_ca_server.serve(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ca: Server) -> Iterator[Node]:
    for host in loopback_ssh.serve(tmp_path, monkeypatch):
        yield Node(host, ca, tmp_path / "certificates")


def forced(managed: Managed) -> None:
    managed.settings = managed.settings.model_copy(update={"renew_certificates": ("nginx",)})


def foreign(node: Node, spec: CertificateSpec) -> None:
    chain, key = Authority().issue(wanted(spec).names, common_name=spec.common_name, start=datetime.now(UTC))
    node.put_pair(spec, chain.pem, keys.private_pem(key))


def differing(**fields: Any) -> Change:
    """A pair that was made for other wishes."""

    def change(node: Node, spec: CertificateSpec) -> None:
        node.put(CertificateSpec.model_validate({**spec.model_dump(mode="json", exclude_none=True), **fields}))

    return change


def write(file: str, text: str) -> Change:
    return lambda _node, spec: Path(spec.directory, file).resolve().write_text(text)


def remove(file: str) -> Change:
    return lambda _node, spec: Path(spec.directory, file).unlink()


REASONS: dict[str, tuple[Change, str, bool]] = {
    "certificate gone": (remove("cert.pem"), "file missing on the node", False),
    "key gone": (remove("key.pem"), "file missing on the node", False),
    "both gone": (lambda node, spec: node.shell.run(["rm", "-r", spec.directory]), "file missing .*", False),
    "certificate unreadable": (write("cert.pem", "garbage"), "unreadable", False),
    "key unreadable": (write("key.pem", "garbage"), "unreadable", False),
    "another key": (
        write("key.pem", keys.private_pem(keys.generate(KeyType.P256)).decode()),
        "key does not match",
        False,
    ),
    "another root": (foreign, "issuer is not the pinned root", False),
    "other names": (
        differing(sans=["b.internal", "10.0.0.153"]),
        r"SANs differ: \+ \*\.internal, - b\.internal",
        False,
    ),
    "another key type": (differing(key_type="p384"), "key type differs: p384, wanted p256", False),
    "another lifetime": (differing(lifetime_hours=2), "lifetime differs: 2h01m, wanted 24h", False),
    "another kind": (
        lambda _node, spec: Path(spec.directory, "current/kind").write_text("client"),
        "kind differs: client, wanted both",
        False,
    ),
    "near its end": (
        lambda node, spec: node.put(spec, not_before=age(10.5)),
        r"expires in 10h[23]\dm .*",
        True,
    ),
    "at its end": (lambda node, spec: node.put(spec, not_before=age(0.001)), r"expires in \ds .*", True),
}


@pytest.mark.parametrize("case", REASONS)
def test_each_reason_shows_and_is_cured(node: Node, case: str) -> None:
    change, reason, key_kept = REASONS[case]
    nginx = node.certificate()
    nginx.up()
    assert nginx.preview() == {}
    change(node, nginx.spec)
    key = Path(nginx.spec.directory, "key.pem").read_bytes() if key_kept else b""
    shown = nginx.preview()
    assert shown.keys() == {"renew"}
    assert re.fullmatch(reason, shown["renew"]), shown
    outputs = nginx.up()
    assert nginx.preview() == {}
    chain, new_key = node.pair(nginx.spec)
    assert keys.matches(new_key, chain.leaf)
    assert outputs["fingerprint"] == fingerprint(chain.leaf)
    assert names_of(chain.leaf) == wanted(nginx.spec).names
    left = chain.leaf.not_valid_after_utc - datetime.now(UTC)
    assert left > timedelta(hours=23, minutes=58)
    assert (new_key == key) == key_kept


def test_expired_is_signed_afresh(node: Node) -> None:
    nginx = node.certificate()
    nginx.up()
    chain = node.put(nginx.spec, not_before="-23h59m58s")
    old_key = node.pair(nginx.spec)[1]
    step_ca_server.wait_until(chain.leaf.not_valid_after_utc.timestamp() + 1)
    assert nginx.preview() == {"renew": "expired"}
    nginx.up()
    assert nginx.preview() == {}
    assert node.pair(nginx.spec)[1] != old_key


def test_forcing_renews_once_a_run_and_leaves_no_trace(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("phoenix.providers.pki.certificate._renewed", set())
    nginx = node.certificate()
    first = nginx.up()["fingerprint"]
    monkeypatch.setattr("phoenix.providers.pki.certificate._renewed", set())
    forced(nginx)
    key = node.pair(nginx.spec)[1]
    assert nginx.preview() == {"renew": "forced"}
    second = nginx.up()["fingerprint"]
    assert second != first
    assert node.pair(nginx.spec)[1] == key
    assert nginx.up()["fingerprint"] == second
    nginx.settings = node.host.settings
    assert nginx.preview() == {}


@pytest.mark.parametrize("kind", list(CertificateKind))
@pytest.mark.parametrize("key_type", list(KeyType))
def test_every_kind_and_key_type_is_issued_and_renewed(node: Node, kind: CertificateKind, key_type: KeyType) -> None:
    nginx = node.certificate(kind=kind, key_type=key_type)
    first = nginx.up()["fingerprint"]
    key = node.pair(nginx.spec)[1]
    later = CertificateReconciler(clock=lambda: datetime.now(UTC) + timedelta(hours=13))
    reason = later.observe(node.host.settings, nginx.spec).live.renew
    assert re.match(r"expires in (11h|10h5\dm) ", reason)
    later.perform(node.host.settings, nginx.spec, Renew(reason))
    assert nginx.preview() == {}
    assert nginx.recorded is not None
    chain, same_key = node.pair(nginx.spec)
    assert fingerprint(chain.leaf) != first
    assert same_key == key
    assert usages(kind) <= chain.usages
    assert keys.key_name(chain.leaf.public_key()) == key_type


@pytest.mark.parametrize(
    "sans",
    [[], ["nginx.internal"], ["NGINX.internal", "10.0.0.1", "10.0.0.1"], ["2001:DB8:0::1", "*.internal"]],
    ids=str,
)
def test_no_spelling_of_names_renews_for_ever(node: Node, sans: list[str]) -> None:
    nginx = node.certificate(sans=sans)
    first = nginx.up()["fingerprint"]
    assert nginx.preview() == {}
    assert nginx.up()["fingerprint"] == first
    nginx.change(sans=list(reversed(sans)))
    assert nginx.preview().keys() <= {"sans"}
    assert nginx.up()["fingerprint"] == first
    assert "nginx.internal" in names_of(node.pair(nginx.spec)[0].leaf)


@pytest.mark.parametrize(
    "fields",
    [{"sans": ["c.internal"]}, {"key_type": "rsa2048"}, {"kind": "client"}, {"lifetime_hours": 3}],
    ids=str,
)
def test_a_changed_wish_shows_itself_and_is_signed_afresh(node: Node, fields: dict[str, Any]) -> None:
    nginx = node.certificate()
    first = nginx.up()["fingerprint"]
    key = node.pair(nginx.spec)[1]
    nginx.change(**fields)
    assert nginx.preview().keys() == fields.keys()
    assert nginx.up()["fingerprint"] != first
    assert nginx.preview() == {}
    assert node.pair(nginx.spec)[1] != key


def test_owner_and_mode_are_repaired_without_a_renewal(node: Node) -> None:
    nginx = node.certificate()
    first = nginx.up()["fingerprint"]
    files = Path(nginx.spec.directory)
    assert [oct((files / name).stat().st_mode & 0o777) for name in ("cert.pem", "key.pem")] == ["0o644", "0o600"]
    assert files.stat().st_mode & 0o777 == 0o700
    (files / "key.pem").chmod(0o644)
    (files / "cert.pem").chmod(0o666)
    assert nginx.preview() == {"mode": "0644", "certificate_mode": "0666"}
    assert nginx.up()["fingerprint"] == first
    assert nginx.preview() == {}
    nginx.change(mode="0640")
    assert nginx.up()["fingerprint"] == first
    assert (files / "key.pem").stat().st_mode & 0o777 == 0o640
    assert files.stat().st_mode & 0o777 == 0o750


def test_owner_is_honoured(node: Node) -> None:
    nginx = node.certificate()
    first = nginx.up()["fingerprint"]
    try:
        nginx.change(owner="100033:100033")
        nginx.up()
    except Exception:
        pytest.skip("only root may give files away")
    assert Path(nginx.spec.directory, "key.pem").stat().st_uid == 100033
    assert nginx.up()["fingerprint"] == first
    assert nginx.preview() == {}


def test_plain_files_are_adopted_with_the_pair_before_kept(node: Node) -> None:
    spec = node.spec()
    chain = node.put(spec, not_before=age(11))
    directory = Path(spec.directory)
    certificate, key = (directory / "cert.pem").read_bytes(), (directory / "key.pem").read_bytes()
    node.shell.run(["rm", "-r", str(directory)])
    directory.mkdir()
    (directory / "cert.pem").write_bytes(certificate)
    (directory / "key.pem").write_bytes(key)
    nginx = node.certificate()
    assert nginx.up()["fingerprint"] != fingerprint(chain.leaf)
    assert node.pair(spec)[1] == key
    assert (directory / "previous/cert.pem").read_bytes() == certificate


def test_outputs(node: Node) -> None:
    outputs = node.certificate().up()
    chain, _ = node.pair(node.spec())
    assert outputs["serial"] == str(chain.leaf.serial_number)
    assert datetime.fromisoformat(outputs["not_after"]) == chain.leaf.not_valid_after_utc
    assert outputs["root_fingerprint"] == (node.ca.steppath / "root_ca.fingerprint").read_text().strip()


def test_removal_takes_the_files_and_forbids_renewal(node: Node) -> None:
    nginx = node.certificate()
    nginx.up()
    chain, key = node.pair(nginx.spec)
    Path(nginx.spec.directory, "note").write_text("not ours")
    nginx.provider.delete("id", nginx.inputs)
    assert [file.name for file in Path(nginx.spec.directory).iterdir()] == ["note"]
    nginx.provider.delete("id", nginx.inputs)
    node.put_pair(nginx.spec, chain.pem, key)
    forced_anew = CertificateReconciler()
    forced_anew.perform(node.host.settings, nginx.spec, Renew("forced"))
    assert node.pair(nginx.spec)[1] != key, "a revoked certificate must be signed afresh, with a new key"


def test_no_secret_in_commands_state_or_on_disk_but_the_key(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[str] = []
    run = ssh.run

    def recorded(account: Any, argv: Any, **given: Any) -> Any:
        commands.append(" ".join(argv))
        return run(account, argv, **given)

    monkeypatch.setattr(ssh, "run", recorded)
    nginx = node.certificate()
    state = str(nginx.up())
    node.put(nginx.spec, not_before=age(3))
    state += str(nginx.up())
    password = (node.ca.steppath / "provisioner_password.txt").read_text()
    key = node.pair(nginx.spec)[1].decode().splitlines()[1]
    for text in (*commands, state):
        assert "PRIVATE" not in text
        assert password not in text
        assert key not in text
    readable = [file for file in node.directory.rglob("*") if file.is_file() and file.stat().st_mode & 0o044]
    assert not [file for file in readable if "PRIVATE" in file.read_text()]
    assert any(file.stat().st_mode & 0o044 for file in readable), "nothing was looked at"


def test_a_certificate_is_issued_quickly(node: Node) -> None:
    nginx = node.certificate()
    start = time.monotonic()
    nginx.up()
    nginx.preview()
    assert time.monotonic() - start < 10
