"""Two stacks and one cluster, under the real engine: who may, who may not, and what destroying begins with."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pulumi
import pulumi.automation as auto
import pytest

from phoenix.providers.program.owner import Owner
from phoenix.providers.program.protection import Protection
from phoenix.specs.program import OwnerSpec, ProtectionSpec
from phoenix.vocabulary.network import node_address
from tests import loopback_ssh
from tests.loopback_ssh import Loopback
from tests.providers.core import engine
from tests.providers.core.recorded_kind import Record, RecordSpec

pytestmark = pytest.mark.engine
Make = Callable[..., auto.Stack]


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    yield from loopback_ssh.serve(tmp_path, monkeypatch)


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    return tmp_path / "phoenix.owner"


@pytest.fixture
def stack(host: Loopback, marker: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Makes stack `name` in the state of that name: an Owner, a Record behind it, and what protects the Record."""
    node = node_address(host.address, host.port)
    engine.prepare(monkeypatch, host.settings)

    def make(name: str = "first", protected: tuple[str, ...] = (), **more: Any) -> auto.Stack:
        def program() -> None:
            whose = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
            owner = Owner("owner", OwnerSpec(node=node, owner=whose, path=str(marker)))
            behind = pulumi.ResourceOptions(depends_on=[owner])
            record = Record("one", RecordSpec(path=str(tmp_path / "record"), **more), behind)
            firm = pulumi.ResourceOptions(protect=bool(protected), depends_on=[owner])
            kept = Record("kept", RecordSpec(path=str(tmp_path / "kept")), firm)
            whole = pulumi.ResourceOptions(depends_on=[owner, record, kept])
            Protection("protection", ProtectionSpec(node=node, protected=protected), whole)

        return engine.stack(tmp_path / name, program, name)

    return make


def id_of(marker: Path) -> str:
    return str(json.loads(marker.read_text())["id"])


def test_one_stack_has_the_cluster_and_keeps_it(stack: Make, marker: Path, tmp_path: Path) -> None:
    stack().up(refresh=True)
    assert json.loads(marker.read_text())["owner"] == "organization/phoenix/first"
    before = marker.read_text()
    assert set(stack().preview(refresh=True).change_summary) == {auto.OpType.SAME}
    stack(size=2).up(refresh=True)
    assert marker.read_text() == before
    marker.unlink()
    assert stack(size=2).preview(refresh=True).change_summary[auto.OpType.CREATE] == 1
    stack(size=2).up(refresh=True)
    stack(size=2).destroy(run_program=True)
    assert not marker.exists()
    assert not (tmp_path / "record").exists()


@pytest.mark.parametrize("name", ["second", "first"])
def test_a_second_stack_is_refused_before_anything_is_touched(
    stack: Make, marker: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    stack().up(refresh=True)
    before, owner = (tmp_path / "record").read_text(), id_of(marker)
    if name == "first":
        # the same name, another state: as after a lost one
        (tmp_path / "first").rename(tmp_path / "lost")
    for run in (auto.Stack.preview, auto.Stack.up):
        with pytest.raises(auto.CommandError) as raised:
            run(stack(name, size=9), refresh=True)
        told = str(raised.value)
        assert "it belongs to the Pulumi stack organization/phoenix/first" in told
        assert f"phoenix:takeOver {owner}" in told
        assert ("the name is the same" in told) == (name == "first")
        assert (tmp_path / "record").read_text() == before
    monkeypatch.setenv("PHOENIX_TAKE_OVER", owner)
    stack(name, size=9).up(refresh=True)
    monkeypatch.delenv("PHOENIX_TAKE_OVER")
    assert set(stack(name, size=9).preview(refresh=True).change_summary) == {auto.OpType.SAME}
    if name == "second":
        for act in (auto.Stack.up, auto.Stack.destroy):
            with pytest.raises(auto.CommandError, match="belongs to the Pulumi stack organization/phoenix/second"):
                act(stack(), refresh=True)
        assert '"size": 9' in (tmp_path / "record").read_text()


def test_destroy_refuses_what_is_protected_before_it_deletes_the_rest(
    stack: Make, marker: Path, tmp_path: Path
) -> None:
    made = stack(protected=("guest 103 step-ca",))
    made.up(refresh=True)
    for run_program in (True, False):
        with pytest.raises(auto.CommandError) as raised:
            made.destroy(run_program=run_program)
        assert "nothing was deleted: protected are guest 103 step-ca" in str(raised.value)
        assert all(path.exists() for path in (tmp_path / "record", tmp_path / "kept", marker))
    # the two steps of the message
    stack().up(refresh=True)
    stack().destroy(run_program=True)
    assert not any(path.exists() for path in (tmp_path / "record", tmp_path / "kept", marker))
