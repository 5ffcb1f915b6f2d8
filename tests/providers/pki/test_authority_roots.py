"""The CA's roots: each step of a rotation in its order, none too early, and tried with a real step-ca."""

import json
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from phoenix.clients.files import digest
from phoenix.errors import OperationError, PhoenixError
from phoenix.pki.chain import anchors_version, fingerprint, parse_roots
from phoenix.providers.pki.authority_roots import AuthorityRoots
from phoenix.providers.pki.authority_roots.plan import plan
from phoenix.redaction import redact
from phoenix.specs.pki import AuthorityRootsSpec
from phoenix.specs.target import LxcTarget
from tests import loopback_ssh, step_ca_server
from tests.providers.core.managed import Managed
from tests.providers.pki import killer
from tests.providers.pki.certificate_node import Node


def spec(**fields: Any) -> AuthorityRootsSpec:
    given: dict[str, Any] = {
        "authority": LxcTarget(node="192.0.2.1", vmid=103),
        "steppath": "/ca",
        "directory": "/etc/ca",
        "port": 9000,
        "certificates": "/certificates",
        "root_name": "Test Root",
        "intermediate_name": "Test Intermediate",
        "roots": (1,),
    }
    return AuthorityRootsSpec.model_validate({**given, **fields})


PLANS: list[tuple[tuple[int, ...], tuple[int, ...], list[str]]] = [
    ((), (1,), ["keep the present root as root 1"]),
    ((), (2,), ["keep the present root as root 2"]),
    ((), (1, 2), ["keep the present root as root 1", "make root 2", "trust roots 1, 2", "restart step-ca"]),
    ((1,), (1,), []),
    ((1,), (1, 2), ["make root 2", "trust roots 1, 2", "restart step-ca"]),
    ((1, 2), (1, 2), []),
    ((1, 2), (2, 1), ["issue from root 2", "trust roots 2, 1", "restart step-ca"]),
    ((2, 1), (2, 1), []),
    ((2, 1), (2,), ["trust roots 2", "restart step-ca"]),
    # second thoughts
    ((1, 2), (1,), ["trust roots 1", "restart step-ca"]),
    ((2, 1), (1, 2), ["issue from root 1", "trust roots 1, 2", "restart step-ca"]),
    # a switch that was cut short is done again, in either direction
    ((0, 1, 2), (2, 1), ["issue from root 2", "trust roots 2, 1", "restart step-ca"]),
    ((0, 1, 2), (1, 2), ["issue from root 1", "trust roots 1, 2", "restart step-ca"]),
]


@pytest.mark.parametrize(("live", "desired", "wanted"), PLANS)
def test_a_step(live: tuple[int, ...], desired: tuple[int, ...], wanted: list[str]) -> None:
    assert [str(each) for each in plan(spec(roots=live), spec(roots=desired))] == wanted
    assert plan(spec(roots=desired), spec(roots=desired)) == []


def test_a_restart_that_was_cut_short_is_done_again() -> None:
    assert [str(each) for each in plan(spec(restart=True), spec())] == ["restart step-ca"]


EARLY: list[tuple[dict[str, Any], tuple[int, ...], str, str]] = [
    ({"roots": (1,)}, (2, 1), "root 2 shall issue, but it is not trusted yet", "`ca.roots: [1, 2]`"),
    ({"roots": (1,)}, (2,), "root 2 shall issue, but it is not trusted yet", "`ca.roots: [1, 2]`"),
    ({"roots": (1, 2)}, (2,), "root 1 still stands behind what is served", "`ca.roots: [2, 1]`"),
    ({"roots": (2, 1), "held": ("a", "b")}, (2,), "root 1 still stands behind a, b", "keep it in `ca.roots`"),
    ({"roots": (0, 1, 2)}, (2,), "root 2 does not issue yet", "`ca.roots: [2, 1]`"),
]


@pytest.mark.parametrize(("live", "desired", "cause", "next_step"), EARLY)
def test_a_step_too_early_is_refused(
    live: dict[str, Any], desired: tuple[int, ...], cause: str, next_step: str
) -> None:
    with pytest.raises(OperationError) as refused:
        plan(spec(**live), spec(roots=desired))
    assert cause in refused.value.cause
    assert next_step in refused.value.next_step


def test_without_a_ca_there_is_nothing_to_rotate() -> None:
    with pytest.raises(OperationError, match="set up the CA guest first"):
        plan(None, spec())


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Node]:
    """A node with a real step-ca that `systemctl restart` makes read its files again."""
    for host in loopback_ssh.serve(tmp_path / "host", monkeypatch):
        for server in step_ca_server.serve(tmp_path / "ca"):
            made = Node(host, server, tmp_path / "certificates")
            assert server.process is not None
            host.script("pct", 'shift 3; exec "$@"')
            host.script("systemctl", f"echo restarted >> $CALLS; kill -HUP {server.process.pid}; sleep 1")
            yield made


def roots(node: Node, *numbers: int) -> Managed:
    given = spec(
        authority=LxcTarget(node=node.node, vmid=103),
        steppath=str(node.ca.steppath),
        directory=str(node.ca.steppath),
        port=node.ca.port,
        certificates=str(node.directory),
        roots=numbers,
    )
    return Managed(AuthorityRoots.provider(), given, node.host.settings)


def test_a_rotation_from_start_to_end(node: Node) -> None:
    ca, path = roots(node, 1), node.ca.steppath
    old = parse_roots((path / "certs/root_ca.crt").read_bytes())
    assert ca.up()["issuing"] == ca.up()["anchors"] == fingerprint(old[0])
    assert ca.preview() == {}
    assert node.host.calls() == []
    leaf = node.certificate(root=ca.up()["issuing"])
    leaf.up()
    key = node.pair(leaf.spec)[1]

    ca.change(roots=(2, 1))
    with pytest.raises(PhoenixError, match="root 2 shall issue, but it is not trusted yet"):
        ca.preview()
    ca.change(roots=(1, 2))
    assert ca.preview() == {"roots": [1]}
    ca.up()
    both = parse_roots((path / "certs/root_ca.crt").read_bytes())
    assert (both[0], len(both)) == (old[0], 2)
    assert ca.up()["anchors"] == anchors_version(both)
    assert (ca.up()["issuing"], ca.preview(), leaf.preview()) == (fingerprint(old[0]), {}, {})

    ca.change(roots=(2,))
    with pytest.raises(PhoenixError, match="root 1 still stands behind what is served"):
        ca.preview()
    ca.change(roots=(2, 1))
    assert ca.preview() == {"roots": [1, 2]}
    assert ca.up()["issuing"] == fingerprint(both[1])
    assert (path / "root_ca.fingerprint").read_text().strip() == fingerprint(both[1])
    # the leaf that is there keeps the old root from going
    assert ca.preview() == {"held": ["nginx"]}
    ca.change(roots=(2,))
    with pytest.raises(PhoenixError, match="root 1 still stands behind nginx"):
        ca.preview()
    ca.change(roots=(2, 1))
    leaf.change(root=fingerprint(both[1]))
    assert leaf.preview() == {"root": fingerprint(old[0])}
    assert leaf.up()["root_fingerprint"] == fingerprint(both[1])
    # renewed, not signed afresh
    assert node.pair(leaf.spec)[1] == key
    assert (leaf.preview(), ca.preview()) == ({}, {})

    ca.change(roots=(2,))
    ca.up()
    assert parse_roots((path / "certs/root_ca.crt").read_bytes()) == (both[1],)
    assert ca.up()["anchors"] == fingerprint(both[1])
    assert (leaf.preview(), ca.preview()) == ({}, {})
    assert node.host.calls() == ["restarted"] * 3
    other = node.certificate(name="other", root=ca.up()["issuing"])
    assert other.up()["root_fingerprint"] == fingerprint(both[1])


def test_keys_of_a_generation_are_sealed_and_private(node: Node) -> None:
    ca = roots(node, 1, 2)
    ca.up()
    made = sorted((node.ca.steppath / "generations").glob("*/*"))
    assert len(made) == 8
    assert {stat.S_IMODE(each.stat().st_mode) for each in made} == {0o600}
    for each in made:
        if each.name.endswith("_key"):
            assert each.read_text().startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----")
    password = (node.ca.steppath / "password.txt").read_text()
    assert password not in json.dumps(ca.recorded)
    assert password not in redact(password)


@pytest.fixture
def still(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Node]:
    """A node with a CA's files; `systemctl` notes what step-ca would read."""
    server = step_ca_server.bootstrap(tmp_path / "ca")
    for host in loopback_ssh.serve(tmp_path / "host", monkeypatch):
        host.script("systemctl", f"cd {server.steppath}; sha256sum certs/* secrets/* > $SANDBOX/running")
        host.script("curl", "exit 0")
        yield Node(host, server, tmp_path / "certificates")


@pytest.mark.parametrize("way", [[(1,)], [(1,), (1, 2)], [(1,), (1, 2), (2, 1)], [(1,), (1, 2), (2, 1), (2,)]])
def test_a_step_that_was_killed_anywhere_is_finished(still: Node, way: list[tuple[int, ...]]) -> None:
    *before, last = way
    untouched = still.ca.steppath.with_name("untouched")
    ca = roots(still, *way[0])
    for each in before:
        ca.change(roots=each)
        ca.up()
    ca.change(roots=last)
    shutil.copytree(still.ca.steppath, untouched)
    recorded = ca.recorded
    for step in range(1, 100):
        killer.arm(still.host, step)
        try:
            ca.up()
        except PhoenixError:
            whole = False
        else:
            whole = True
        killer.disarm(still.host)
        ca.up()
        assert ca.preview() == {}, step
        present = still.ca.steppath / "generations" / str(last[0])
        for live, kept in (("certs/intermediate_ca.crt",) * 2, ("secrets/intermediate_ca_key",) * 2):
            assert (still.ca.steppath / live).read_bytes() == (present / Path(kept).name).read_bytes(), step
        if len(way) > 1:
            files = [*still.ca.steppath.glob("certs/*"), *still.ca.steppath.glob("secrets/*")]
            read = (still.host.sandbox / "running").read_text().splitlines()
            now = [f"{digest(each.read_bytes())}  {each.relative_to(still.ca.steppath)}" for each in sorted(files)]
            assert read == now, step
        if whole:
            break
        shutil.rmtree(still.ca.steppath)
        shutil.copytree(untouched, still.ca.steppath)
        ca.recorded = recorded
    assert whole
    assert step > 3
