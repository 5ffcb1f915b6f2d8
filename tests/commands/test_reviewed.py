"""A plan that was reviewed: kept in a file, and compared with what would be done."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from phoenix.commands.changes import UNKNOWN, Change, Seen
from phoenix.commands.reviewed import beyond, load, planned, save
from phoenix.errors import PhoenixError
from tests.commands.previews import COPY, LATE, MEMORY, STACK, change

NEW = change("FileSet", "dns", "create", path=("(nothing)", "/etc/a"))


def told(reviewed: list[Change], now: list[Change]) -> list[str]:
    return list(beyond(planned("dev", Seen(tuple(reviewed))), Seen(tuple(now))))


@pytest.mark.parametrize(
    ("reviewed", "now"),
    [
        ([], []),
        ([MEMORY, NEW], [MEMORY, NEW]),
        # another run has done a part
        ([MEMORY, NEW], [NEW]),
        # certificates come near their end, and are renewed, whoever looks
        ([MEMORY], [MEMORY, LATE, COPY]),
        ([MEMORY, LATE, COPY], [MEMORY]),
        ([NEW, STACK], [NEW, STACK]),
    ],
)
def test_within_what_was_reviewed(reviewed: list[Change], now: list[Change]) -> None:
    assert told(reviewed, now) == []


def test_what_was_not_seen_is_told() -> None:
    assert told([NEW], [NEW, MEMORY]) == [
        "change Lxc 914-ollama: nothing of it was reviewed", "memory_mb", "- 32768", "+ 16384",
    ]  # fmt: skip


def test_another_value_is_told_with_the_one_that_was_reviewed() -> None:
    other = change("Lxc", "914-ollama", memory_mb=("32768", "8192"), cores=("2", "4"))
    assert told([MEMORY], [other]) == [
        "change Lxc 914-ollama: not as it was reviewed",
        "memory_mb", "- 32768", "+ 8192", "what was reviewed:", "- 32768", "+ 16384",
        "cores", "- 2", "+ 4",
    ]  # fmt: skip


def test_another_state_before_is_a_difference_too() -> None:
    assert told([MEMORY], [change("Lxc", "914-ollama", memory_mb=("1024", "16384"))])[:3] == [
        "change Lxc 914-ollama: not as it was reviewed", "memory_mb", "- 1024",
    ]  # fmt: skip


def test_another_operation_is_told() -> None:
    gone = replace(MEMORY, operation="delete", fields=())
    assert told([MEMORY], [gone]) == ["delete Lxc 914-ollama: what was reviewed is to update it"]


def test_what_could_not_be_seen_at_the_review_is_told() -> None:
    now = change("SwarmStack", "stack-web", compose=("services: {}", "services: {a: {}}"))
    assert STACK.fields[0].after == UNKNOWN
    assert told([STACK], [now])[-2:] == ["what was reviewed:", "not known then"]


def test_a_plan_comes_back_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "new" / "folder" / "plan.json"
    plan = planned("dev", Seen((MEMORY, LATE, NEW)))
    assert [each.name for each in plan.changes] == ["914-ollama", "dns"]
    save(plan, file)
    assert load(file, "dev") == plan
    assert file.stat().st_mode & 0o777 == 0o600
    assert os.listdir(file.parent) == [file.name]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "no such file, so nobody reviewed this"),
        ("", "file: Invalid JSON"),
        ("{}", "stack: Field required"),
        ('{"stack": "dev", "changes": [{"urn": 1}]}', "changes.0.urn: Input should be a valid string"),
        ('{"stack": "testing", "changes": []}', "is one of stack testing in format 1, wanted dev in format 1"),
        ('{"stack": "dev", "changes": [], "format": 2}', "is one of stack dev in format 2, wanted dev in format 1"),
    ],
)
def test_a_file_that_is_no_plan_of_the_stack_is_refused(tmp_path: Path, content: str | None, said: str) -> None:
    file = tmp_path / "plan.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(PhoenixError) as refused:
        load(file, "dev")
    assert str(refused.value).startswith(f"plan {file}: {said}")
    assert "next: review this state" in str(refused.value)


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PhoenixError, match="cannot be written"):
        save(planned("dev", Seen()), tmp_path / "file" / "plan.json")


def test_unknown_keys_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text(json.dumps({"stack": "dev", "changes": [], "approved_by": "me"}))
    with pytest.raises(PhoenixError, match="approved_by"):
        load(file, "dev")
