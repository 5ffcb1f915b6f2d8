"""When the user of a certificate refuses it, a guest is stopped, or a run dies between any two steps."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from phoenix.errors import PhoenixError, UnobservableError
from phoenix.pki import keys
from phoenix.providers.pki.certificate_copy import CertificateCopyReconciler
from phoenix.providers.pki.certificate_copy.plan import CopyAction
from tests.providers.pki import certificate_guest
from tests.providers.pki.certificate_guest import Guest
from tests.providers.pki.killer import arm, disarm


@pytest.fixture
def guest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Guest]:
    yield from certificate_guest.serve(tmp_path, monkeypatch)


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


def test_removal_from_a_guest_that_is_gone(guest: Guest) -> None:
    copy = guest.managed()
    guest.host.script("pct", """echo "Configuration file 'nodes/phoenix/lxc/101.conf' does not exist" >&2; exit 2""")
    copy.settings = guest.host.settings
    copy.provider._settings = copy.settings
    copy.provider.delete("id", copy.inputs)
    guest.host.script(
        "qm", """echo "Configuration file 'nodes/phoenix/qemu-server/1001.conf' does not exist" >&2; exit 2"""
    )
    machine = {"kind": "vm", "node": guest.node, "vmid": 1001, "address": guest.host.address, "user": "root"}
    copy.provider.delete("id", {**copy.inputs, "target": machine})
    guest.host.script("pct", "echo 'cannot lock' >&2; exit 2")
    with pytest.raises(PhoenixError, match="cannot lock"):
        copy.provider.delete("id", copy.inputs)
