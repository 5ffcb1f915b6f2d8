"""Distribution into a container: installed as a pair, put into use, taken back where its user refuses it."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from phoenix.clients import ssh
from phoenix.errors import PhoenixError, UnobservableError
from phoenix.pki import keys
from phoenix.pki.chain import Chain, fingerprint, to_pem
from phoenix.providers.certificate_copy import CertificateCopyProvider, CertificateCopyReconciler, CertificateCopySpec
from phoenix.providers.certificate_copy.spec import CopyAction, plan
from tests import loopback_ssh
from tests.loopback_ssh import Loopback
from tests.pki.authority import Authority
from tests.providers.certificate_node import OWNER, Managed
from tests.providers.killer import arm, disarm

SYSTEMCTL = """
echo "$@" >> "$CALLS"
case "$1" in
  is-active) [ -e "$SANDBOX/active" ] ;;
  reload-or-restart|enable) [ ! -e "$SANDBOX/refuses" ] || { rm "$SANDBOX/refuses"; exit 1; } ;;
  status) echo 'nginx: [emerg] SSL_CTX_use_PrivateKey failed (key values mismatch)' ;;
esac
"""


@dataclass
class Guest:
    """A loopback node whose container 101 shares its file system, and a pair on the node."""

    host: Loopback
    room: Path
    authority: Authority

    @property
    def spec(self) -> CertificateCopySpec:
        return self.make()

    def make(self, **fields: Any) -> CertificateCopySpec:
        given: dict[str, Any] = {
            "name": "nginx",
            "node": self.host.address,
            "source": str(self.room / "node/nginx"),
            "root": str(self.room / "node/root_ca.crt"),
            "target": {"kind": "lxc", "node": self.host.address, "vmid": 101},
            "fingerprint": self.on_node,
            "cert_path": str(self.room / "etc/nginx.crt"),
            "key_path": str(self.room / "etc/private/nginx.key"),
            "ca_path": str(self.room / "etc/ca.pem"),
            "root_fingerprint": fingerprint(self.authority.root),
            "owner": OWNER,
            "key_mode": "0640",
            "after": {"kind": "reload", "unit": "nginx"},
        }
        return CertificateCopySpec.model_validate({**given, **fields})

    @property
    def on_node(self) -> str:
        return fingerprint(Chain.parse((self.room / "node/nginx/cert.pem").read_bytes()).leaf)

    def renew(self) -> str:
        """Another pair on the node, in the plainest form; returns its fingerprint."""
        chain, key = self.authority.issue()
        intermediate, _ = self.authority.issue(common_name="Intermediate")
        directory = self.room / "node/nginx"
        directory.mkdir(parents=True, exist_ok=True)
        (self.room / "node/root_ca.crt").write_bytes(to_pem(self.authority.root))
        (directory / "cert.pem").write_bytes(chain.pem + intermediate.pem)
        (directory / "key.pem").write_bytes(keys.private_pem(key))
        return fingerprint(chain.leaf)

    def managed(self, **fields: Any) -> Managed:
        return Managed(CertificateCopyProvider(), self.make(**fields), self.host.settings)

    def served(self) -> str:
        """Fingerprint of what the user of the files reads; fails when the key does not match."""
        chain = Chain.parse((self.room / "etc/nginx.crt").read_bytes())
        assert keys.matches((self.room / "etc/private/nginx.key").read_bytes(), chain.leaf)
        return fingerprint(chain.leaf)

    def active(self) -> None:
        (self.host.sandbox / "active").touch()

    def refuses(self) -> None:
        (self.host.sandbox / "refuses").touch()

    def reloads(self) -> int:
        return sum(call.startswith("reload-or-restart") for call in self.host.calls())


@pytest.fixture
def guest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Guest]:
    for host in loopback_ssh.serve(tmp_path, monkeypatch):
        host.script("systemctl", SYSTEMCTL)
        made = Guest(host, tmp_path / "room", Authority())
        made.renew()
        made.active()
        yield made


def test_installed_once_and_put_into_use(guest: Guest) -> None:
    copy = guest.managed()
    copy.up()
    assert guest.served() == guest.on_node
    assert guest.reloads() == 1
    room = guest.room / "etc"
    assert (room / "private/nginx.key").stat().st_mode & 0o777 == 0o640
    assert (room / "nginx.crt").stat().st_mode & 0o777 == 0o644
    assert (room / "ca.pem").read_bytes() == to_pem(guest.authority.root)
    assert copy.preview() == {}
    copy.up()
    assert guest.reloads() == 1


def test_a_renewed_certificate_follows(guest: Guest) -> None:
    copy = guest.managed()
    copy.up()
    old = guest.on_node
    copy.change(fingerprint=guest.renew())
    assert copy.preview() == {"fingerprint": old}
    copy.up()
    assert guest.served() == guest.on_node != old
    assert guest.reloads() == 2
    assert copy.preview() == {}


@pytest.mark.parametrize(
    ("path", "shown"),
    [("etc/nginx.crt", "missing"), ("etc/private/nginx.key", "missing"), ("etc/ca.pem", "missing")],
)
def test_a_lost_file_comes_back(guest: Guest, path: str, shown: str) -> None:
    copy = guest.managed()
    copy.up()
    (guest.room / path).unlink()
    assert copy.preview()["fingerprint"] == shown
    copy.up()
    assert guest.served() == guest.on_node
    assert copy.preview() == {}


@pytest.mark.parametrize("path", ["etc/nginx.crt", "etc/private/nginx.key"])
def test_a_file_changed_by_hand_shows_and_is_put_right(guest: Guest, path: str) -> None:
    copy = guest.managed()
    copy.up()
    file = guest.room / path
    text = file.read_text()
    file.unlink()
    file.write_text(text + "\n")
    file.chmod(0o640 if path.endswith("key") else 0o644)
    assert copy.preview() == {"fingerprint": f"{guest.on_node} (changed by hand)"}
    copy.up()
    assert copy.preview() == {}
    assert file.read_text() == text


def test_all_gone_is_absent(guest: Guest) -> None:
    copy = guest.managed()
    copy.up()
    copy.provider.delete("id", copy.inputs)
    assert CertificateCopyReconciler().observe(guest.host.settings, guest.spec) is None
    assert not (guest.room / "etc/.nginx").exists()
    copy.provider.delete("id", copy.inputs)


def test_modes_are_repaired_without_disturbing_anybody(guest: Guest) -> None:
    copy = guest.managed()
    copy.up()
    (guest.room / "etc/private/nginx.key").chmod(0o644)
    assert copy.preview() == {"key_mode": "0644"}
    copy.up()
    assert copy.preview() == {}
    assert guest.reloads() == 1


@pytest.mark.parametrize(("bundle", "certificates"), [("leaf", 1), ("chain", 2), ("full", 3)])
def test_bundles(guest: Guest, bundle: str, certificates: int) -> None:
    copy = guest.managed(bundle=bundle, ca_path=None)
    copy.up()
    assert (guest.room / "etc/nginx.crt").read_text().count("BEGIN") == certificates
    other = "full" if bundle == "leaf" else "leaf"
    copy.change(bundle=other)
    assert copy.preview() == {"bundle": "chain" if bundle == "chain" else bundle}
    copy.up()
    assert copy.preview() == {}


def test_a_changed_root_follows(guest: Guest) -> None:
    copy = guest.managed()
    copy.up()
    other = Authority()
    (guest.room / "node/root_ca.crt").write_bytes(to_pem(guest.authority.root) + to_pem(other.root))
    copy.change(root_fingerprint=fingerprint(other.root))
    assert copy.preview().keys() == {"root_fingerprint"}
    copy.up()
    assert copy.preview() == {}
    assert (guest.room / "etc/ca.pem").read_text().count("BEGIN") == 2


def test_two_copies_share_a_root_file(guest: Guest) -> None:
    first = guest.managed()
    second = guest.managed(
        name="client", cert_path=str(guest.room / "etc/client.crt"), key_path=str(guest.room / "etc/client.key")
    )
    first.up()
    second.up()
    assert first.preview() == second.preview() == {}
    second.provider.delete("id", second.inputs)
    assert first.preview() == {}


def test_a_refused_pair_is_taken_back_with_the_words_of_the_daemon(guest: Guest) -> None:
    copy = guest.managed()
    copy.up()
    old = guest.on_node
    copy.change(fingerprint=guest.renew())
    guest.refuses()
    with pytest.raises(PhoenixError) as caught:
        copy.up()
    for words in ("certificate nginx in guest 101", "key values mismatch", "previous pair is back in use", "next: "):
        assert words in str(caught.value)
    assert guest.served() == old
    assert copy.preview() == {"fingerprint": old}
    copy.up()
    assert guest.served() == guest.on_node
    assert copy.preview() == {}


def test_a_refused_first_pair_is_tried_again(guest: Guest) -> None:
    copy = guest.managed()
    guest.refuses()
    with pytest.raises(PhoenixError, match="no previous pair"):
        copy.up()
    copy.recorded = copy.inputs
    assert copy.preview() == {"fingerprint": f"{guest.on_node} (not yet in use)"}
    copy.up()
    assert copy.preview() == {}
    assert guest.reloads() == 2


def test_verify_counts_as_refusal(guest: Guest) -> None:
    copy = guest.managed()
    copy.up()
    old = guest.on_node
    copy.change(fingerprint=guest.renew(), verify=["sh", "-c", "echo still the old one >&2; exit 3"])
    with pytest.raises(PhoenixError, match="still the old one"):
        copy.up()
    assert guest.served() == old


def test_a_run_that_died_before_the_reload_is_finished(guest: Guest) -> None:
    copy = guest.managed()
    copy.up()
    copy.change(fingerprint=guest.renew())
    CertificateCopyReconciler().perform(guest.host.settings, copy.spec, CopyAction.INSTALL)
    assert copy.preview()["fingerprint"] == f"{guest.on_node} (not yet in use)"
    copy.up()
    assert guest.reloads() == 2
    assert copy.preview() == {}


def test_killed_between_any_two_steps(guest: Guest) -> None:
    reconciler = CertificateCopyReconciler()
    guest.managed().up()
    for step in itertools.count(1):
        guest.renew()
        copy = guest.managed()
        before = guest.reloads()
        arm(guest.host, step)
        try:
            for action in (CopyAction.INSTALL, CopyAction.APPLY):
                reconciler.perform(guest.host.settings, copy.spec, action)
            died = False
        except PhoenixError:
            died = True
        disarm(guest.host)
        guest.served()
        if not died:
            break
        assert step < 80
        copy.recorded = copy.inputs
        copy.up()
        assert copy.preview() == {}
        assert guest.served() == guest.on_node
        assert before < guest.reloads() <= before + 2, f"step {step}: nobody was told"
        assert len(list((guest.room / "etc/.nginx/versions").iterdir())) <= 2
    assert step > 12
    assert len(list((guest.room / "etc/.nginx/versions").iterdir())) == 2


@pytest.mark.parametrize(("start", "calls"), [(False, []), (True, ["enable --now nginx"])])
def test_a_unit_that_is_not_active_is_started_only_on_request(guest: Guest, start: bool, calls: list[str]) -> None:
    (guest.host.sandbox / "active").unlink()
    copy = guest.managed(after={"kind": "reload", "unit": "nginx", "start": start})
    copy.up()
    assert [call for call in guest.host.calls() if not call.startswith("is-active")] == calls
    assert copy.preview() == {}


def test_a_command_after(guest: Guest) -> None:
    copy = guest.managed(after={"kind": "command", "argv": ["sh", "-c", f"echo told >> {guest.room}/told"]})
    copy.up()
    assert (guest.room / "told").read_text() == "told\n"


def test_a_stopped_guest_waits_for_its_certificate(guest: Guest, capfd: pytest.CaptureFixture[str]) -> None:
    copy = guest.managed()
    recorded = copy.up()
    guest.renew()
    guest.host.stop_guest(101)
    assert copy.preview() == {}
    assert "guest 101: cannot be read" in capfd.readouterr().err
    with pytest.raises(UnobservableError, match=r"guest 101.*not running"):
        copy.provider.update("id", recorded, {**copy.inputs, "fingerprint": guest.on_node})
    (guest.host.sandbox / "state/101.stopped").unlink()
    copy.change(fingerprint=guest.on_node)
    copy.up()
    assert guest.served() == guest.on_node


def test_another_certificate_than_expected_on_the_node_is_no_copy(guest: Guest) -> None:
    with pytest.raises(PhoenixError, match=r"the node holds .*, expected was 0000"):
        guest.managed(fingerprint="0" * 64).up()


def test_an_unmatched_pair_on_the_node_is_no_copy(guest: Guest) -> None:
    (guest.room / "node/nginx/key.pem").write_bytes(keys.private_pem(guest.authority.key))
    with pytest.raises(PhoenixError, match=r"key\.pem does not match"):
        guest.managed().up()


def test_no_key_in_commands_or_state(guest: Guest, monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[str] = []
    run = ssh.run

    def recorded(account: Any, argv: Any, **given: Any) -> Any:
        commands.append(" ".join(argv))
        return run(account, argv, **given)

    monkeypatch.setattr(ssh, "run", recorded)
    copy = guest.managed()
    texts = [str(copy.up()), *commands]
    line = (guest.room / "node/nginx/key.pem").read_text().splitlines()[1]
    assert len(commands) > 3
    assert not [text for text in texts if "PRIVATE" in text or line in text]


def test_removal_from_a_guest_that_is_gone(guest: Guest) -> None:
    copy = guest.managed()
    guest.host.script("pct", """echo "Configuration file 'nodes/phoenix/lxc/101.conf' does not exist" >&2; exit 2""")
    copy.settings = guest.host.settings
    copy.provider._settings = copy.settings
    copy.provider.delete("id", copy.inputs)
    guest.host.script("pct", "echo 'cannot lock' >&2; exit 2")
    with pytest.raises(PhoenixError, match="cannot lock"):
        copy.provider.delete("id", copy.inputs)


DESIRED = CertificateCopySpec.model_validate(
    {
        "name": "nginx",
        "node": "10.0.0.13",
        "source": "/quickOS/certificates/nginx",
        "root": "/s/certs/root_ca.crt",
        "target": {"kind": "lxc", "node": "10.0.0.13", "vmid": 101},
        "fingerprint": "ab",
        "cert_path": "/etc/nginx/ssl/a.crt",
        "key_path": "/etc/nginx/ssl/a.key",
    }
)
BOTH = [CopyAction.INSTALL, CopyAction.APPLY]


@pytest.mark.parametrize(
    ("live", "actions"),
    [
        ({}, []),
        (None, BOTH),
        ({"fingerprint": "cd"}, BOTH),
        ({"fingerprint": "missing"}, BOTH),
        ({"fingerprint": "ab (changed by hand)"}, BOTH),
        ({"fingerprint": "ab (not yet in use)"}, [CopyAction.APPLY]),
        ({"fingerprint": "ab (not yet in use)", "bundle": "leaf"}, BOTH),
        ({"fingerprint": "cd (not yet in use)"}, BOTH),
        ({"bundle": "full"}, BOTH),
        ({"root_fingerprint": "ef"}, BOTH),
        ({"owner": "a:b"}, [CopyAction.REPAIR]),
        ({"key_mode": "0644"}, [CopyAction.REPAIR]),
        ({"cert_mode": "0600"}, [CopyAction.REPAIR]),
    ],
    ids=str,
)
def test_plan(live: dict[str, Any] | None, actions: list[CopyAction]) -> None:
    assert plan(None if live is None else DESIRED.model_copy(update=live), DESIRED) == actions
