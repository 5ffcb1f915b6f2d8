"""Distribution into a container: installed as a pair, put into use, kept that way."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from phoenix.clients import ssh
from phoenix.pki.chain import anchors_version, to_pem
from phoenix.providers.pki.certificate_copy import CertificateCopyReconciler
from phoenix.providers.pki.certificate_copy.plan import CopyAction, plan
from phoenix.specs.pki import CertificateCopySpec
from tests.pki.authority import Authority
from tests.providers.pki import certificate_guest
from tests.providers.pki.certificate_guest import Guest


@pytest.fixture
def guest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Guest]:
    yield from certificate_guest.serve(tmp_path, monkeypatch)


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


def test_an_update_enters_the_guest_once_to_look_and_once_to_install(guest: Guest) -> None:
    copy = guest.managed(after=None, ca_path=None, anchors="")
    copy.up()
    copy.change(fingerprint=guest.renew())
    pct = guest.host.sandbox / "bin/pct"
    pct.rename(pct.with_name("pct.real"))
    guest.host.script("pct", 'echo "pct $1 $2" >> "$CALLS"; exec pct.real "$@"')
    live = dict(copy.provider.read("id", copy.recorded or {}).outs or {})
    before = len(guest.host.calls())
    made = copy.provider.update("id", live, copy.inputs).outs or {}
    assert guest.host.calls()[before:] == ["pct exec 101"] * 2
    assert made["fingerprint"] == guest.on_node
    assert guest.served() == guest.on_node


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
    copy.change(anchors=anchors_version([guest.authority.root, other.root]))
    assert copy.preview().keys() == {"anchors"}
    copy.up()
    assert copy.preview() == {}
    assert (guest.room / "etc/ca.pem").read_text().count("BEGIN") == 2


@pytest.mark.parametrize(
    ("moved", "gone"),
    [
        ({"cert_path": "etc/moved.crt"}, "etc/nginx.crt"),
        ({"key_path": "etc/moved.key"}, "etc/private/nginx.key"),
        ({"cert_path": "other/nginx.crt"}, "etc/nginx.crt"),
        ({"cert_path": "other/nginx.crt", "key_path": "other/nginx.key"}, "etc/private/nginx.key"),
    ],
    ids=str,
)
def test_one_that_moves_leaves_its_old_place_last(guest: Guest, moved: dict[str, str], gone: str) -> None:
    old = guest.managed()
    recorded = old.up()
    new = guest.managed(**{field: str(guest.room / path) for field, path in moved.items()})
    answer = new.provider.diff("id", recorded, new.inputs)
    assert (set(answer.replaces or ()), answer.delete_before_replace) == (set(moved), False)
    new.up()
    # the old place is still good for whoever reads it
    assert guest.served() == guest.on_node
    old.provider.delete("id", old.inputs)
    assert new.preview() == {}
    assert not (guest.room / gone).is_symlink()
    new.provider.delete("id", new.inputs)
    assert not list(guest.room.glob("*/.nginx"))
    for path in moved.values():
        assert not (guest.room / path).is_symlink()


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
        "after": {"kind": "reload", "unit": "nginx"},
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
        ({"anchors": "ef"}, BOTH),
        ({"owner": "a:b"}, [CopyAction.REPAIR]),
        ({"key_mode": "0644"}, [CopyAction.REPAIR]),
        ({"cert_mode": "0600"}, [CopyAction.REPAIR]),
    ],
    ids=str,
)
def test_plan(live: dict[str, Any] | None, actions: list[CopyAction]) -> None:
    assert plan(None if live is None else DESIRED.model_copy(update=live), DESIRED) == actions


def test_nobody_is_told_where_nobody_uses_it() -> None:
    unused = DESIRED.model_copy(update={"after": None})
    assert plan(None, unused) == [CopyAction.INSTALL]
    # its user was taken away between the two steps
    assert plan(unused.model_copy(update={"fingerprint": "ab (not yet in use)"}), unused) == [CopyAction.APPLY]
