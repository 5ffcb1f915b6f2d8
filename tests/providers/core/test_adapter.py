"""The adapter under the real engine: what an operator sees of drift, secrets, errors and absent things."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pulumi.automation as auto
import pytest

from tests.providers.core import engine
from tests.providers.core.recorded_kind import Record, RecordSpec

pytestmark = pytest.mark.engine
SECRET = engine.AGENT_SECRET

Make = Callable[..., auto.Stack]


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Makes the stack whose one Record has the given properties; its live file is `tmp_path/record`."""
    engine.prepare(monkeypatch, engine.settings(tmp_path))

    def make(**props: Any) -> auto.Stack:
        def program() -> None:
            record = Record("one", RecordSpec(path=str(tmp_path / "record"), **props))
            pulumi.export("fingerprint", record.fingerprint)
            pulumi.export("created", record.created_at)
            pulumi.export("changed", record.changed_at)

        return engine.stack(tmp_path, program)

    return make


def preview(stack: auto.Stack) -> auto.PreviewResult:
    return stack.preview(refresh=True)


def up(stack: auto.Stack) -> auto.UpResult:
    return stack.up(refresh=True)


def test_a_second_up_changes_nothing(stack: Make) -> None:
    assert up(stack(size=2)).outputs["fingerprint"].value == "size-2"
    result = preview(stack(size=2))
    assert set(result.change_summary) == {auto.OpType.SAME}
    assert "[diff" not in result.stdout


def test_drift_shows_in_the_preview_and_up_repairs_it(stack: Make, tmp_path: Path) -> None:
    up(stack(size=2, labels={"a": "b"}))
    live = json.loads((tmp_path / "record").read_text())
    (tmp_path / "record").write_text(json.dumps({**live, "size": 9}))
    shown = preview(stack(size=2, labels={"a": "b"}))
    assert shown.change_summary[auto.OpType.UPDATE] == 1
    assert "~size" in shown.stdout
    up(stack(size=2, labels={"a": "b"}))
    assert json.loads((tmp_path / "record").read_text())["size"] == 2


def test_a_reason_that_read_reports_is_printed(stack: Make, tmp_path: Path) -> None:
    up(stack())
    live = json.loads((tmp_path / "record").read_text())
    (tmp_path / "record").write_text(json.dumps({**live, "renew": "expires in 3h12m"}))
    shown = stack().preview(refresh=True, diff=True)
    assert "expires in 3h12m" in shown.stdout


def test_what_is_gone_is_made_again(stack: Make, tmp_path: Path) -> None:
    up(stack())
    (tmp_path / "record").unlink()
    assert preview(stack()).change_summary[auto.OpType.CREATE] == 1
    up(stack())
    assert (tmp_path / "record").exists()


def test_what_exists_is_adopted(stack: Make, tmp_path: Path) -> None:
    (tmp_path / "record").write_text(json.dumps({"path": str(tmp_path / "record"), "size": 7}))
    first = stack(size=2).preview()
    assert first.change_summary[auto.OpType.CREATE] == 2
    assert "is there already, and is taken over: size 7 -> 2" in first.stdout
    up(stack(size=2))
    assert json.loads((tmp_path / "record").read_text())["size"] == 2


@pytest.mark.parametrize("exists", [False, True], ids=["first", "later"])
def test_what_others_have_beside_it_is_told_or_refused_in_every_preview(
    stack: Make, tmp_path: Path, exists: bool
) -> None:
    if exists:
        up(stack())
    (tmp_path / "record.others").write_text("a-danger")
    assert "warning: record: a-danger" in preview(stack()).stdout
    (tmp_path / "record.others").write_text("clash")
    for attempt in (preview, up):
        with pytest.raises(auto.CommandError, match="they clash"):
            attempt(stack(size=3))
    assert (tmp_path / "record").exists() is exists


def test_unobservable_is_not_absent(stack: Make, tmp_path: Path) -> None:
    up(stack())
    (tmp_path / "record.unreachable").touch()
    shown = preview(stack())
    assert set(shown.change_summary) == {auto.OpType.SAME}
    assert "it is away; its recorded state is kept" in shown.stdout


def test_an_unknown_field_is_refused_by_name() -> None:
    (failure,) = Record.provider().check({}, {"path": "/a", "colour": "red"}).failures
    assert (failure.property, failure.reason) == ("colour", "Extra inputs are not permitted")


def test_a_field_that_only_an_older_version_knew_stops_nothing(stack: Make, tmp_path: Path) -> None:
    made = stack(size=2)
    up(made)
    state = made.export_stack()
    assert state.deployment is not None
    for each in state.deployment["resources"]:
        if each["type"].endswith("Record"):
            each["inputs"]["colour"] = each["outputs"]["colour"] = "red"
    made.import_stack(state)
    live = json.loads((tmp_path / "record").read_text())
    (tmp_path / "record").write_text(json.dumps({**live, "size": 9}))
    assert preview(stack(size=2)).change_summary[auto.OpType.UPDATE] == 1
    up(stack(size=2))
    assert set(preview(stack(size=2)).change_summary) == {auto.OpType.SAME}


def test_a_change_that_destroys_data_is_refused(stack: Make) -> None:
    up(stack(note="first"))
    with pytest.raises(auto.CommandError, match="write a new note by hand"):
        preview(stack(note="second"))


def test_an_error_is_short_and_shows_no_secret(stack: Make) -> None:
    with pytest.raises(auto.CommandError) as raised:
        up(stack(size=-1))
    text = str(raised.value)
    assert "record: write on here failed: bad size ([secret])" in text
    assert "next: use 1" in text
    assert 'File "' not in text
    assert SECRET not in text


def test_no_secret_stands_in_the_state(stack: Make, tmp_path: Path) -> None:
    made = stack(password="hunter-two-hunter")
    up(made)
    live = json.loads((tmp_path / "record").read_text())
    (tmp_path / "record").write_text(json.dumps({**live, "password": "drifted-password"}))
    made.refresh()
    assert "drifted-password" not in engine.recorded(tmp_path)
    shown = preview(made)
    assert "drifted-password" not in shown.stdout
    assert "hunter-two-hunter" not in shown.stdout
    up(made)
    state = engine.recorded(tmp_path)
    assert "size-1" in state
    assert "hunter-two-hunter" not in state
    assert SECRET not in state


def test_destroy_removes_it(stack: Make, tmp_path: Path) -> None:
    made = stack()
    up(made)
    made.destroy()
    assert not (tmp_path / "record").exists()


def test_it_tells_when_it_was_created_and_changed(stack: Make, tmp_path: Path) -> None:
    def stamps(made: auto.Stack) -> tuple[str, str]:
        outputs = up(made).outputs
        return outputs["created"].value, outputs["changed"].value

    created, changed = stamps(stack(size=2))
    assert stamps(stack(size=2)) == (created, changed)
    same, later = stamps(stack(size=3))
    assert same == created
    assert later > changed
    # a repair is a change, too
    live = json.loads((tmp_path / "record").read_text())
    (tmp_path / "record").write_text(json.dumps({**live, "size": 9}))
    assert stamps(stack(size=3))[1] > later
    (tmp_path / "record").unlink()
    assert stamps(stack(size=3))[0] > later
