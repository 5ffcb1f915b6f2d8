"""Each check over the whole cluster, by configurations that break it."""

import pytest

from phoenix.model import checks
from tests.model.broken import Broken
from tests.model.cases import (
    certificates,
    compose,
    compose_running,
    compose_shape,
    distribution,
    firewall,
    gateway,
    guest_routes,
    guests,
    labels,
    network,
    portainer,
    side_by_side,
    sources,
    stacks,
)
from tests.model.conftest import Workspace

CASES = (
    *(*guests.CASES, *network.CASES, *gateway.CASES, *certificates.CASES, *distribution.CASES),
    *(*stacks.CASES, *compose.CASES, *compose_shape.CASES, *compose_running.CASES, *portainer.CASES),
    *(*labels.CASES, *guest_routes.CASES, *firewall.CASES, *side_by_side.CASES),
    *sources.CASES,
)


def test_the_small_cluster_has_no_problem(workspace: Workspace) -> None:
    assert workspace.problems() == ()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_broken_configuration_is_told(workspace: Workspace, case: Broken) -> None:
    for edit in case.edits:
        workspace.replace(*edit)
    workspace.assert_problems(case)


def test_every_check_has_a_case(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """No check may stay silent over all the broken configurations."""
    heard: set[str] = set()

    def listening(check):  # type: ignore[no-untyped-def]
        def wrapper(*args):  # type: ignore[no-untyped-def]
            found = list(check(*args))
            if found:
                heard.add(f"{check.__module__}.{check.__name__}")
            return iter(found)

        return wrapper

    every = {f"{check.__module__}.{check.__name__}" for check in (*checks.OF_PARTS, *checks.OF_CLUSTER)}
    monkeypatch.setattr(checks, "OF_PARTS", tuple(map(listening, checks.OF_PARTS)))
    monkeypatch.setattr(checks, "OF_CLUSTER", tuple(map(listening, checks.OF_CLUSTER)))
    for case in CASES:
        originals = workspace.texts()
        for edit in case.edits:
            workspace.replace(*edit)
        workspace.problems(case.environment)
        workspace.restore(originals)
        if heard == every:
            break
    assert every - heard == set()
