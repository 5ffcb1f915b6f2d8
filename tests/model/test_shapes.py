"""Files whose shape is wrong: every mistake of a run, with its line and what is allowed."""

import pytest

from tests.model.broken import CERTIFICATES, CLUSTER, WEB_COMPOSE, Broken
from tests.model.cases import fields, manifest, shapes
from tests.model.conftest import Workspace


@pytest.mark.parametrize("case", [*shapes.CASES, *fields.CASES, *manifest.CASES], ids=lambda case: case.name)
def test_a_wrong_shape_is_told(workspace: Workspace, case: Broken) -> None:
    for edit in case.edits:
        workspace.replace(*edit)
    workspace.assert_problems(case)


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "only text\n"])
def test_a_file_that_is_no_mapping(workspace: Workspace, text: str) -> None:
    workspace.write(CERTIFICATES, text)
    problems = [each for each in workspace.problems() if each.file == CERTIFICATES]
    assert [each.line for each in problems] == [1]


def test_missing_files_and_folders_are_told_together(workspace: Workspace) -> None:
    for file in (CLUSTER, CERTIFICATES, WEB_COMPOSE):
        (workspace.folder / file).unlink()
    problems = workspace.problems()
    assert {each.file for each in problems} == {CLUSTER, CERTIFICATES, WEB_COMPOSE}
    assert all("cannot be read: No such file" in each.allowed for each in problems)


def test_a_guest_file_of_another_kind_is_told(workspace: Workspace) -> None:
    workspace.write("config/guests/104-extra.yml", "type: lxc\n")
    assert [each.allowed for each in workspace.problems()] == ["a guest's file ends in .yaml"]


def test_a_stack_folder_that_portainer_would_rename_is_told(workspace: Workspace) -> None:
    (workspace.folder / "stacks/web").rename(workspace.folder / "stacks/Web App")
    told = {each.file: each.allowed for each in workspace.problems()}
    assert told["stacks/Web App"] == "a stack's folder is named in small letters, digits, - and _, at most 40 of them"


def test_a_stack_folder_whose_name_is_too_long_is_told(workspace: Workspace) -> None:
    name = "w" * 41
    (workspace.folder / "stacks/web").rename(workspace.folder / "stacks" / name)
    assert "at most 40" in {each.file: each.allowed for each in workspace.problems()}[f"stacks/{name}"]
