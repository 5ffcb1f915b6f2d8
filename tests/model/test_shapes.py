"""Files whose shape is wrong: every mistake of a run, with its line and what is allowed."""

import pytest

from tests.model.broken import CERTIFICATES, CLUSTER, WEB_COMPOSE, Broken
from tests.model.cases import manifest, shapes
from tests.model.conftest import Workspace


@pytest.mark.parametrize("case", [*shapes.CASES, *manifest.CASES], ids=lambda case: case.name)
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
    problems = workspace.problems()
    assert ("stacks/Web App", "a stack's folder is named in small letters, digits, - and _") in [
        (each.file, each.allowed) for each in problems
    ]
