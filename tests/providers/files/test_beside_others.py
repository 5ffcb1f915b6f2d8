"""File sets beside files of others, on a real SSH server, and units that would not start with the machine."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from phoenix.clients import transaction
from phoenix.errors import OperationError
from phoenix.plan import dns
from phoenix.providers.files import beside, shared
from phoenix.providers.files.beside import dnsmasq, firewall
from phoenix.providers.files.file_set import FileSetReconciler
from phoenix.specs.files import APPLIED, FileSetSpec, SetFile
from phoenix.specs.firewall import Group, Part, render
from phoenix.specs.target import NodeTarget
from phoenix.vocabulary.network import node_address
from tests import loopback_ssh, ports
from tests.loopback_ssh import Loopback
from tests.plan.reference import reference
from tests.providers.core.convergence import converge, live

KIND = FileSetReconciler()
GROUP = Group("phoenix: web", ("IN ACCEPT -p tcp -dport 443",))
SSH = "IN ACCEPT -p tcp -dport 22 # phoenix: SSH"
THEIRS = b"[ALIASES]\n\noffice 192.0.2.1 # B\xfcro\n\n[RULES]\n\nIN DROP -p tcp -dport 25\n"


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    """Proxmox's and dnsmasq's folders are below `tmp_path`."""
    monkeypatch.setattr(transaction, "STATE", str(tmp_path / "state"))
    monkeypatch.setattr(shared, "DIRECTORY", f"{tmp_path}/firewall/")
    monkeypatch.setattr(firewall, "HOST", f"{tmp_path}/host.fw")
    monkeypatch.setattr(dnsmasq, "MAIN", f"{tmp_path}/dnsmasq.conf")
    monkeypatch.setattr(dnsmasq, "DIRECTORY", f"{tmp_path}/dnsmasq.d/")
    looks = {f"{tmp_path}/firewall/": firewall.look, f"{tmp_path}/dnsmasq.d/": dnsmasq.look}
    monkeypatch.setattr(beside, "LOOKS", looks)
    (tmp_path / "firewall").mkdir()
    (tmp_path / "dnsmasq.d").mkdir()
    yield from loopback_ssh.serve(tmp_path, monkeypatch)


def node(host: Loopback) -> NodeTarget:
    return NodeTarget(node=node_address(host.address, host.port))


def file_set(host: Loopback, files: dict[str, str], **more: Any) -> FileSetSpec:
    given = {path: SetFile(content=content, owner="", mode="") for path, content in files.items()}
    return FileSetSpec(target=node(host), name="daemon", files=given, **more)


def wall(host: Loopback, folder: Path, *rules: str, guests: tuple[int, ...] = (101,)) -> FileSetSpec:
    cluster = render(Part({"enable": "1"}, rules, {f"guest-{vmid}": GROUP for vmid in guests}))
    own = {
        f"{folder}/firewall/{vmid}.fw": f"[OPTIONS]\n\nenable: 1\n\n[RULES]\n\nGROUP guest-{vmid}\n" for vmid in guests
    }
    return file_set(host, {f"{folder}/firewall/cluster.fw": cluster, **own})


def told(host: Loopback, desired: FileSetSpec) -> list[str]:
    return list(KIND.beside(host.settings, desired))


def test_parts_of_others_stay_byte_for_byte(host: Loopback, tmp_path: Path) -> None:
    main, guest, other = (tmp_path / "firewall" / name for name in ("cluster.fw", "101.fw", "300.fw"))
    main.write_bytes(THEIRS)
    guest.write_text("[RULES]\n\nIN ACCEPT -p tcp -dport 9100\n")
    other.write_text("[OPTIONS]\n\nenable: 1\n")
    desired = wall(host, tmp_path, SSH)
    assert converge(KIND, host.settings, desired)
    assert converge(KIND, host.settings, desired) == []
    assert live(KIND, host.settings, desired) == desired
    ours = f"{SSH}\n".encode()
    assert main.read_bytes().startswith(b"[OPTIONS]\n\nenable: 1\n\n" + THEIRS.replace(b"IN DROP", ours + b"IN DROP"))
    assert guest.read_text().endswith("GROUP guest-101\nIN ACCEPT -p tcp -dport 9100\n")
    # what others change is no drift, what is changed in ours is
    main.write_bytes(main.read_bytes().replace(b"-dport 25", b"-dport 26"))
    assert live(KIND, host.settings, desired) == desired
    main.write_bytes(main.read_bytes().replace(b"-dport 443", b"-dport 80"))
    assert "-dport 80" in live(KIND, host.settings, desired).files[str(main)].content
    assert converge(KIND, host.settings, desired) == [f"write {main}"]
    assert b"-dport 26\n" in main.read_bytes()
    KIND.remove(host.settings, desired)
    # `enable` stays where rules of others would end with it
    left = b"[OPTIONS]\n\nenable: 1\n\n" + THEIRS.replace(b"25", b"26")
    assert main.read_bytes() == left
    assert guest.read_text() == "[OPTIONS]\n\nenable: 1\n\n[RULES]\n\nIN ACCEPT -p tcp -dport 9100\n"
    assert other.read_text() == "[OPTIONS]\n\nenable: 1\n"


def test_a_state_from_before_the_marks_is_no_drift_and_taken_over(host: Loopback, tmp_path: Path) -> None:
    new = wall(host, tmp_path, SSH)
    main, guest = tmp_path / "firewall/cluster.fw", tmp_path / "firewall/101.fw"
    former = {path: SetFile(content=_before_marks(file.content), owner="", mode="") for path, file in new.files.items()}
    recorded = new.model_copy(update={"files": former})
    for path, file in former.items():
        Path(path).write_text(file.content)
    assert former[str(main)] != new.files[str(main)]
    assert live(KIND, host.settings, recorded) == recorded
    stamp = guest.stat().st_mtime_ns
    assert converge(KIND, host.settings, new) == [f"write {main}"]
    assert main.read_text() == new.files[str(main)].content
    assert guest.stat().st_mtime_ns == stamp


def _before_marks(text: str) -> str:
    return text.replace("# phoenix: ", "# ").replace(" # phoenix\n", "\n")


def test_a_guest_that_is_no_longer_protected_takes_only_ours_with_it(host: Loopback, tmp_path: Path) -> None:
    both, one = wall(host, tmp_path, SSH, guests=(101, 102)), wall(host, tmp_path, SSH)
    converge(KIND, host.settings, both)
    first, second = tmp_path / "firewall/102.fw", tmp_path / "firewall/103.fw"
    first.write_text(first.read_text() + "IN ACCEPT -p tcp -dport 9 # theirs\n")
    KIND.retire(host.settings, wall(host, tmp_path, SSH, guests=(101, 102, 103)), one)
    converge(KIND, host.settings, one)
    assert first.read_text() == "[OPTIONS]\n\nenable: 1\n\n[RULES]\n\nIN ACCEPT -p tcp -dport 9 # theirs\n"
    assert not second.exists()
    assert "guest-102" not in (tmp_path / "firewall/cluster.fw").read_text()


def test_a_file_that_is_larger_than_what_is_shown_of_others_is_taken_whole(host: Loopback, tmp_path: Path) -> None:
    main = tmp_path / "firewall/cluster.fw"
    many = "[IPSET blocked]\n\n" + "".join(f"10.{n >> 8 & 255}.{n & 255}.1 # spam of {n}\n" for n in range(16000))
    main.write_text(many)
    assert len(many) > 400_000
    desired = wall(host, tmp_path, SSH)
    converge(KIND, host.settings, desired)
    assert many in main.read_text()


def test_a_group_of_others_with_our_name_is_refused_before_anything_changes(host: Loopback, tmp_path: Path) -> None:
    main = tmp_path / "firewall/cluster.fw"
    main.write_text("[group guest-101] # the intern's\n\nIN ACCEPT\n")
    desired = wall(host, tmp_path, SSH)
    words = r"guest-101 is there without our mark[^$]*rename that group"
    with pytest.raises(OperationError, match=words):
        told(host, desired)
    with pytest.raises(OperationError, match=words):
        converge(KIND, host.settings, desired)
    assert main.read_text() == "[group guest-101] # the intern's\n\nIN ACCEPT\n"


def test_names_of_others_and_rules_that_come_before_ours(host: Loopback, tmp_path: Path) -> None:
    main = tmp_path / "firewall/cluster.fw"
    main.write_bytes(THEIRS)
    assert told(host, wall(host, tmp_path, "IN ACCEPT -source office # phoenix")) == []
    with pytest.raises(OperationError, match=r"no alias home for `IN ACCEPT -source home # phoenix`; there is office"):
        told(host, wall(host, tmp_path, "IN ACCEPT -source home # phoenix"))
    (tmp_path / "host.fw").write_text("[RULES]\n\nIN DROP -p tcp -dport 22\n")
    (warning,) = told(host, wall(host, tmp_path, SSH))
    assert warning.startswith(f"{tmp_path}/host.fw, line 3: `IN DROP -p tcp -dport 22` drops")
    off = render(Part({"enable": "0"}, (SSH,)))
    assert told(host, file_set(host, {str(main): off})) == []
    assert main.read_bytes() == THEIRS


CLASHES = {
    "port=": ("port=53\n", "dnsmasq takes it once"),
    "another way to bind": ("# why\nbind-dynamic # new\n", "does not start with this and `bind-interfaces`"),
    "an interface": ("interface=vmbr1\n", "would answer there as well"),
    "a name": (
        "host-record=old,Nginx.internal.thinkheads.ai.,10.0.0.99\n",
        "nginx.internal.thinkheads.ai is 10.0.0.153",
    ),
    "a name by address=": (
        "address=/x.org/nginx.internal.thinkheads.ai/10.0.0.99\n",
        "nginx.internal.thinkheads.ai is",
    ),
    "an alias": ("cname=nginx.internal.thinkheads.ai,other.org\n", "nginx.internal.thinkheads.ai is 10.0.0.153"),
}
OURS = dns.dnsmasq_config(reference()).replace("listen-address=127.0.0.1,10.0.0.13", "listen-address=127.0.0.1")
FINE = "cache-size=1000\nserver=/corp.example/192.0.2.1\nhost-record=printer.corp.example,192.0.2.9\nbind-interfaces\n"
FINE += "host-record=nginx.internal.thinkheads.ai,10.0.0.153\nhost-record=nginx.internal.thinkheads.ai,2001:db8::1\n"


@pytest.mark.parametrize(("line", "why"), CLASHES.values(), ids=CLASHES.keys())
def test_a_clash_in_dnsmasqs_files_is_refused_with_its_line(
    host: Loopback, tmp_path: Path, line: str, why: str
) -> None:
    others = tmp_path / "dnsmasq.d/90-corp.conf"
    others.write_text(FINE + line)
    (tmp_path / "dnsmasq.d/.hidden").write_text(line)
    (tmp_path / "dnsmasq.d/old.dpkg-old").write_text(line)
    desired = file_set(host, {f"{tmp_path}/dnsmasq.d/00-phoenix-internal.conf": OURS})
    with pytest.raises(OperationError) as refused:
        told(host, desired)
    number = FINE.count("\n") + line.count("\n")
    assert f"{others}, line {number}: `" in str(refused.value)
    assert why in str(refused.value)
    assert str(refused.value).count(", line ") == 1
    others.write_text(FINE)
    assert told(host, desired) == []
    (tmp_path / "dnsmasq.conf").write_text(line)
    with pytest.raises(OperationError, match=rf"{tmp_path}/dnsmasq\.conf, line "):
        told(host, desired)


@pytest.mark.skipif(shutil.which("dnsmasq") is None, reason="no dnsmasq on this machine")
@pytest.mark.parametrize(("line", "starts"), [("", True), ("port=53\n", False), ("bind-dynamic\n", False)])
def test_dnsmasq_itself_says_so(tmp_path: Path, line: str, starts: bool) -> None:
    (tmp_path / "00-ours.conf").write_text(OURS.replace("port=53", f"port={ports.free_port()}"))
    (tmp_path / "90-theirs.conf").write_text(FINE + line)
    argv = ["dnsmasq", "-k", "-C", "/dev/null", f"--conf-dir={tmp_path},*.conf", "--pid-file=", "--user="]
    # it goes on until it is stopped
    done = subprocess.run(["timeout", "1", *argv], capture_output=True, timeout=10, check=False)
    assert (done.returncode == 124) is starts, done.stderr


def test_a_unit_that_was_disabled_by_hand_is_told_and_enabled(host: Loopback, tmp_path: Path) -> None:
    host.script(
        "systemctl",
        'case "$1" in is-enabled) cat "$SANDBOX/enabled"; grep -qx enabled "$SANDBOX/enabled" ;;\n'
        'is-active) cat "$SANDBOX/active"; grep -qx active "$SANDBOX/active" ;;\n'
        'enable) echo "$@" >> "$CALLS"; echo enabled > "$SANDBOX/enabled" ;;\n'
        '*) echo "$@" >> "$CALLS"; echo active > "$SANDBOX/active" ;; esac',
    )
    enabled, active = host.sandbox / "enabled", host.sandbox / "active"
    enabled.write_text("enabled\n")
    active.write_text("active\n")
    desired = file_set(host, {f"{tmp_path}/a.conf": "1\n"}, reload=("systemctl", "restart", "dnsmasq"))
    converge(KIND, host.settings, desired)
    assert live(KIND, host.settings, desired).applied == APPLIED
    enabled.write_text("disabled\n")
    assert live(KIND, host.settings, desired).applied == "no: dnsmasq does not start with the machine: disabled"
    assert converge(KIND, host.settings, desired) == ["reload"]
    assert enabled.read_text() == "enabled\n"
    active.write_text("failed\n")
    assert live(KIND, host.settings, desired).applied == "no: dnsmasq does not run: failed"
    assert converge(KIND, host.settings, desired) == ["reload"]
    assert host.calls() == ["enable -q dnsmasq", "restart dnsmasq"] * 3
