"""Whether a stack's services run and are still what was deployed, from what the engine's API answers."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix.providers.stacks import services
from phoenix.providers.stacks.services import SOURCE_LABEL, SPEC_LABEL, condition, spec_digest
from phoenix.specs.stacks import RUNNING

SOURCE = services.source_digest("services: {}", {})


def service(
    running: int = 1,
    desired: int = 1,
    *,
    replicas: int = 1,
    update: str | None = None,
    source: str = SOURCE,
    **labels: str,
) -> dict[str, Any]:
    """A service `s_web` as it is after a deployment from SOURCE that succeeded."""
    spec: dict[str, Any] = {"Name": "s_web", "Mode": {"Replicated": {"Replicas": replicas}}, "Labels": {"x": "y"}}
    spec["Labels"] |= {SOURCE_LABEL: source, SPEC_LABEL: spec_digest(spec), **labels}
    status = {"RunningTasks": running, "DesiredTasks": desired}
    made: dict[str, Any] = {"ID": "i", "Version": {"Index": 7}, "Spec": spec, "ServiceStatus": status}
    return {**made, "UpdateStatus": {"State": update}} if update else made


def task(error: str, timestamp: str = "2026-11-01T00:00:00Z") -> dict[str, Any]:
    return {"ServiceID": "i", "Status": {"State": "rejected", "Err": error, "Timestamp": timestamp}}


def scaled() -> dict[str, Any]:
    made = service()
    made["Spec"]["Mode"]["Replicated"]["Replicas"] = 2
    return made


CONDITIONS: list[tuple[str, list[dict[str, Any]], list[dict[str, Any]], str]] = [
    ("running", [service()], [], RUNNING),
    ("updated", [service(update="completed")], [], RUNNING),
    ("wants no task", [service(0, 0, replicas=0)], [], RUNNING),
    ("missing", [], [], "s_web is missing"),
    ("scaled by hand", [scaled()], [], "s_web was changed by hand"),
    ("labelled by hand", [service(x="z")], [], "s_web was changed by hand"),
    ("deployed by somebody else", [service(source="other")], [], "s_web was deployed from something else"),
    ("too few tasks", [service(0)], [], "s_web: 0 of 1 tasks running"),
    ("no task yet", [service(0, 0)], [], "s_web: 0 of 0 tasks running"),
    (
        "a task's last error",
        [service(0)],
        [task("old"), task("No such image: a", "2026-11-02T00:00:00Z")],
        "s_web: 0 of 1 tasks running: No such image: a",
    ),
    (
        "rolled back",
        [service(update="rollback_completed")],
        [],
        "s_web: 1 of 1 tasks running, update rollback_completed",
    ),
]


@pytest.mark.parametrize(
    ("found", "tasks", "expected"), [each[1:] for each in CONDITIONS], ids=[each[0] for each in CONDITIONS]
)
def test_condition(found: list[dict[str, Any]], tasks: list[dict[str, Any]], expected: str) -> None:
    assert condition(found, tasks, {"s_web": ""}, SOURCE) == expected


def test_a_service_that_nobody_declared_shows() -> None:
    assert condition([service()], [], {}, SOURCE) == "s_web is not in the compose file"


def test_being_started_again_by_force_is_no_change_by_hand() -> None:
    spec: dict[str, Any] = {"Name": "s_web", "TaskTemplate": {"ContainerSpec": {"Image": "web"}, "ForceUpdate": 0}}
    forced = {**spec, "TaskTemplate": {**spec["TaskTemplate"], "ForceUpdate": 2}}
    other = {**forced, "TaskTemplate": {**forced["TaskTemplate"], "ContainerSpec": {"Image": "other"}}}
    assert spec_digest(forced) == spec_digest(spec) != spec_digest(other)


def test_service_names_carry_the_stack() -> None:
    job = "{deploy: {mode: replicated-job, labels: {phoenix.job: a1b2}}}"
    text = f"services: {{web: {{}}, db: {{deploy: }}, job: {job}}}"
    assert services.expected_services("s", text) == {"s_web": "", "s_db": "", "s_job": "a1b2"}
    assert services.expected_services("s", "a: 1") == {}


@given(st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=3), st.text(max_size=5))
def test_a_source_is_its_file_and_its_environment(env: dict[str, str], compose: str) -> None:
    digest = services.source_digest(compose, env)
    assert digest == services.source_digest(compose, dict(reversed(env.items())))
    assert digest != services.source_digest(compose + " ", env)
    assert digest != services.source_digest(compose, {**env, "more": "x"})


class Recorded:
    """An engine that answers with one state after the other, the last one for ever."""

    def __init__(self, *states: list[dict[str, Any]], tasks: list[dict[str, Any]] | None = None) -> None:
        self._states = list(states)
        self._tasks = tasks or []
        self.posted: list[tuple[str, Mapping[str, str], Any]] = []

    def get(self, path: str, params: Mapping[str, str]) -> Any:
        assert json.loads(params["filters"]) == {"label": ["com.docker.stack.namespace=s"]}
        if path == "tasks":
            return self._tasks
        return self._states.pop(0) if len(self._states) > 1 else self._states[0]

    def raw(self, path: str, params: Any) -> bytes:
        raise AssertionError((path, params))

    def post(self, path: str, params: Mapping[str, str], body: Any) -> Any:
        self.posted.append((path, params, body))


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _seconds: None)


def test_awaited_until_it_stays() -> None:
    flapping = Recorded([], [service(0)], [service()], [service(0)], [service()], [service()], [service(0)])
    assert services.await_running(flapping, "s", {"s_web": ""}, limit=60) == ""
    assert flapping.get("services", {"filters": '{"label": ["com.docker.stack.namespace=s"]}'}) == [service(0)]


def test_an_update_that_the_swarm_took_back_is_not_waited_for() -> None:
    failing = Recorded([service(update="rollback_started")], tasks=[task("task: non-zero exit (1)")])
    answer = services.await_running(failing, "s", {"s_web": ""}, limit=3600)
    assert answer == "s_web: 1 of 1 tasks running, update rollback_started: task: non-zero exit (1)"


def test_the_limit_ends_with_the_tasks_error() -> None:
    failing = Recorded([service(0)], tasks=[task("No such image: a")])
    assert "No such image: a" in services.await_running(failing, "s", {"s_web": ""}, limit=0)


def test_sealed_once() -> None:
    fresh = service()
    for label in (SOURCE_LABEL, SPEC_LABEL):
        del fresh["Spec"]["Labels"][label]
    engine = Recorded([fresh])
    services.seal(engine, "s", SOURCE, "swarm")
    ((path, params, body),) = engine.posted
    assert (path, params) == ("services/i/update", {"version": "7"})
    assert condition([{**service(), "Spec": body}], [], {"s_web": ""}, SOURCE) == RUNNING
    again = Recorded([{**fresh, "Spec": body}])
    services.seal(again, "s", SOURCE, "swarm")
    assert again.posted == []


def test_the_notice_of_newer_clients_is_left_out() -> None:
    said = "Since --detach=false was not specified, tasks will be created in the background.\nservice web: no"
    assert services.without_notice(said) == "service web: no"
