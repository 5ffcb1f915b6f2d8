"""One stack in several environments of one Swarm; what is refused of that is in `cases/side_by_side.py`."""

import pytest

from tests.model.cases.side_by_side import BESIDE, HAS_DATA, HAS_TESTING
from tests.model.conftest import Workspace


@pytest.mark.parametrize("environment", ["production", "testing"])
def test_each_environment_is_deployed_by_itself(workspace: Workspace, environment: str) -> None:
    for edit in (HAS_TESTING, BESIDE):
        workspace.replace(*edit)
    found = workspace.load(environment).deployed
    assert [(each.name, each.resource) for each in found if each.stack.name == "web"] == [
        (f"web-{name}", "web" if name == environment else f"web-{name}") for name in ("production", "testing")
    ]


def test_folders_of_their_own_may_lie_side_by_side(workspace: Workspace) -> None:
    for edit in (HAS_TESTING, HAS_DATA, BESIDE):
        workspace.replace(*edit)
    variable = '{name: PORT, value: "8001"}'
    workspace.replace("stacks/web/stack.yaml", variable, f"{variable}\n      - {{name: FOLDER, value: -testing}}")
    assert len(workspace.load().deployed) == 3
