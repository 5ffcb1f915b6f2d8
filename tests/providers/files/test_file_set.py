"""File sets on a real SSH server: swapped together, refused, put back, and repaired after an interruption."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix.clients import transaction
from phoenix.clients.shell import Shell, open_shell
from phoenix.errors import OperationError
from phoenix.providers.files.file_set import FileSetReconciler
from phoenix.providers.files.file_set.plan import Apply, Swap
from phoenix.specs.files import APPLIED, FileSetSpec, SetFile
from phoenix.specs.target import NodeTarget
from phoenix.vocabulary.network import node_address
from tests import loopback_ssh
from tests.loopback_ssh import Loopback
from tests.providers.core.convergence import converge, live

KIND = FileSetReconciler()
NODE = NodeTarget(node="10.0.0.13")


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    monkeypatch.setattr(transaction, "STATE", str(tmp_path / "state"))
    yield from loopback_ssh.serve(tmp_path, monkeypatch)


def mine(content: str) -> SetFile:
    # no owner: whoever runs the tests
    return SetFile(content=content, owner="", mode="0640")


def spec(host: Loopback, folder: Path, files: dict[str, str], **more: Any) -> FileSetSpec:
    whole = {str(folder / name): mine(content) for name, content in files.items()}
    return FileSetSpec(target=node(host), name="daemon", files=whole, **more)


def node(host: Loopback) -> NodeTarget:
    return NodeTarget(node=node_address(host.address, host.port))


def pure(files: dict[str, str], **more: Any) -> FileSetSpec:
    whole = {f"/etc/daemon/{name}": mine(content) for name, content in files.items()}
    return FileSetSpec(target=NODE, name="daemon", files=whole, **more)


A, B = "/etc/daemon/a", "/etc/daemon/b"
PLANS = {
    "nothing to do when all is as desired": (pure({"a": "1"}), pure({"a": "1"}), []),
    "everything when nothing is there": (None, pure({"a": "1", "b": "2"}), [Swap((A, B), ())]),
    "only the file that differs": (pure({"a": "1", "b": "0"}), pure({"a": "1", "b": "2"}), [Swap((B,), ())]),
    "a missing file": (pure({"a": "1"}), pure({"a": "1", "b": "2"}), [Swap((B,), ())]),
    "a file that must not be there": (pure({"a": "1"}), pure({"a": "1"}, absent=(B,)), [Swap((), (B,))]),
    "a reload alone after an interruption": (pure({"a": "1"}, applied="no: x"), pure({"a": "1"}), [Apply()]),
}


@pytest.mark.parametrize(("there", "desired", "expected"), PLANS.values(), ids=PLANS.keys())
def test_plan(there: FileSetSpec | None, desired: FileSetSpec, expected: list[object]) -> None:
    assert list(KIND.plan(there, desired)) == expected


names = st.dictionaries(st.sampled_from("abcd"), st.sampled_from("123"), min_size=1)


@given(there=st.none() | names, wanted=names, stray=st.sets(st.sampled_from("wxyz")))
def test_a_plan_that_was_performed_leaves_nothing(
    there: dict[str, str] | None, wanted: dict[str, str], stray: set[str]
) -> None:
    absent = tuple(f"/etc/daemon/{name}" for name in sorted(stray))
    desired = pure(wanted, absent=absent)
    current = None if there is None else pure(there)
    files, gone, applied = ({}, (), APPLIED) if current is None else (dict(current.files), current.absent, APPLIED)
    for action in KIND.plan(current, desired):
        assert isinstance(action, Swap)
        files.update({path: desired.files[path] for path in action.put})
        gone = (*gone, *action.drop)
    after = desired.model_copy(
        update={"files": {p: f for p, f in files.items() if p in desired.files}, "absent": gone, "applied": applied}
    )
    assert not KIND.plan(after, desired)


def test_owner_and_mode_are_left_to_the_cluster_file_system() -> None:
    firewall = FileSetSpec(target=NODE, name="f", files={"/etc/pve/firewall/101.fw": SetFile(content="[RULES]\n")})
    assert firewall.files["/etc/pve/firewall/101.fw"] == SetFile(content="[RULES]\n", owner="", mode="")


def test_it_writes_reloads_once_and_then_rests(host: Loopback, tmp_path: Path) -> None:
    host.script("daemonctl", 'echo "$@" >> "$CALLS"')
    desired = spec(host, tmp_path / "etc", {"a.conf": "one\n", "sub/b.conf": "two\n"}, reload=("daemonctl", "reload"))
    assert converge(KIND, host.settings, desired)
    assert (tmp_path / "etc/sub/b.conf").read_text() == "two\n"
    assert (tmp_path / "etc/a.conf").stat().st_mode & 0o777 == 0o640
    assert converge(KIND, host.settings, desired) == []
    assert host.calls() == ["reload"]
    assert not list((tmp_path / "etc").rglob("*.phoenix-new"))


def test_drift_shows_the_live_content(host: Loopback, tmp_path: Path) -> None:
    desired = spec(host, tmp_path, {"a.conf": "one\n"})
    converge(KIND, host.settings, desired)
    (tmp_path / "a.conf").write_text("by hand\n")
    assert live(KIND, host.settings, desired).files[str(tmp_path / "a.conf")].content == "by hand\n"
    converge(KIND, host.settings, desired)
    assert (tmp_path / "a.conf").read_text() == "one\n"


STAGES = ("check", "reload", "verify")


@pytest.mark.parametrize("stage", STAGES)
def test_what_the_daemon_refuses_is_put_back(host: Loopback, tmp_path: Path, stage: str) -> None:
    folder = tmp_path / "etc"
    first = spec(host, folder, {"a.conf": "good\n"})
    converge(KIND, host.settings, first)
    (folder / "foreign.conf").symlink_to("a.conf")
    host.script(
        "daemon", f'grep -q good {folder}/a.conf || {{ echo "I refuse this" >&2; exit 1; }}; echo ok >> "$CALLS"'
    )
    bad = spec(
        host,
        folder,
        {"a.conf": "worse\n", "new.conf": "x\n"},
        absent=(str(folder / "foreign.conf"),),
        verify_seconds=0,
        **{stage: ("daemon",)},
    )
    with pytest.raises(OperationError, match="I refuse this") as refused:
        converge(KIND, host.settings, bad)
    assert "the previous version is back in place" in str(refused.value)
    assert (folder / "a.conf").read_text() == "good\n"
    assert (folder / "foreign.conf").is_symlink()
    assert not (folder / "new.conf").exists()
    # the daemon hears of the way back where it had heard of the way there; `verify` had looked once at the start
    assert host.calls() == {"check": [], "reload": ["ok"], "verify": ["ok"]}[stage]


def test_an_interrupted_run_is_told_and_finished(host: Loopback, tmp_path: Path) -> None:
    host.script("daemonctl", '[ ! -e "$SANDBOX/broken" ] || kill -9 $$; echo "$@" >> "$CALLS"')
    desired = spec(host, tmp_path / "etc", {"a.conf": "one\n"}, reload=("daemonctl", "reload"))
    pending = transaction.Transaction(_shell(host), "daemon")
    pending.stage({str(tmp_path / "etc/a.conf"): transaction.NewFile(b"one\n", "", "0640")})
    pending.commit([str(tmp_path / "etc/a.conf")], [])
    assert live(KIND, host.settings, desired).applied.startswith("no: a run was interrupted")
    assert converge(KIND, host.settings, desired) == ["reload"]
    assert host.calls() == ["reload"]


def test_a_file_that_left_the_set_goes_and_the_daemon_is_told(host: Loopback, tmp_path: Path) -> None:
    host.script("daemonctl", 'echo "$@" >> "$CALLS"')
    both = spec(host, tmp_path, {"a.conf": "1\n", "b.conf": "2\n"}, reload=("daemonctl", "reload"))
    converge(KIND, host.settings, both)
    one = spec(host, tmp_path, {"a.conf": "1\n"}, reload=("daemonctl", "reload"))
    KIND.retire(host.settings, both, one)
    assert converge(KIND, host.settings, one) == ["reload"]
    assert not (tmp_path / "b.conf").exists()
    assert host.calls() == ["reload", "reload"]
    KIND.remove(host.settings, one)
    assert not (tmp_path / "a.conf").exists()
    assert live(KIND, host.settings, one) is None


def test_a_daemon_that_died_is_told_by_its_verification(host: Loopback, tmp_path: Path) -> None:
    host.script("alive", 'test -e "$SANDBOX/alive" || { echo "nobody is there" >&2; exit 1; }')
    host.script("daemonctl", 'touch "$SANDBOX/alive"')
    desired = spec(host, tmp_path, {"a.conf": "1\n"}, reload=("daemonctl",), verify=("alive",))
    converge(KIND, host.settings, desired)
    (host.sandbox / "alive").unlink()
    assert live(KIND, host.settings, desired).applied == "no: nobody is there"
    assert converge(KIND, host.settings, desired) == ["reload"]


def _shell(host: Loopback) -> Shell:
    return open_shell(host.settings, node(host))


@pytest.mark.skipif(shutil.which("dnsmasq") is None, reason="no dnsmasq on this machine")
def test_dnsmasq_itself_checks(host: Loopback, tmp_path: Path) -> None:
    check = ("dnsmasq", "--test", "-C", str(tmp_path / "dns.conf"))
    good = spec(host, tmp_path, {"dns.conf": "address=/a.example.org/10.0.0.1\n"}, check=check)
    converge(KIND, host.settings, good)
    with pytest.raises(OperationError, match=r"bad option at line 1 of .*dns\.conf"):
        converge(KIND, host.settings, spec(host, tmp_path, {"dns.conf": "no-such-option\n"}, check=check))
    assert "a.example.org" in (tmp_path / "dns.conf").read_text()


@pytest.mark.skipif(shutil.which("nginx") is None, reason="no nginx on this machine")
def test_nginx_itself_checks_the_whole_tree(host: Loopback, tmp_path: Path) -> None:
    tree = tmp_path / "nginx"
    main = f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ include {tree}/sites/*.conf; }}\n"
    check = ("nginx", "-t", "-q", "-c", str(tree / "nginx.conf"))
    good = {"nginx.conf": main, "sites/a.conf": f"server {{ listen unix:{tmp_path}/a.sock; }}\n"}
    converge(KIND, host.settings, spec(host, tree, good, check=check))
    with pytest.raises(OperationError, match='unknown directive "lisen"'):
        converge(KIND, host.settings, spec(host, tree, {**good, "sites/a.conf": "server { lisen 1; }\n"}, check=check))
    assert "listen unix" in (tree / "sites/a.conf").read_text()
