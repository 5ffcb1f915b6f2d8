"""Tasks that are to end: jobs, and services that nobody starts again. The answers are those of an engine 20.10."""

from typing import Any

import pytest

from phoenix.providers.stacks import services
from phoenix.providers.stacks.services import condition, unready
from phoenix.specs.stacks import JOB_LABEL, RUNNING

PROGRAM = {"Image": "web", "Command": ["/migrate"]}


def once(again: str = "none", replicas: int = 1, **program: Any) -> dict[str, Any]:
    """A replicated service whose tasks are not started again."""
    template = {"ContainerSpec": {**PROGRAM, **program}, "RestartPolicy": {"Condition": again}, "ForceUpdate": 0}
    spec = {"Name": "s_web", "Mode": {"Replicated": {"Replicas": replicas}}, "TaskTemplate": template}
    status = {"RunningTasks": 0, "DesiredTasks": replicas, "CompletedTasks": 0}
    return {"ID": "i", "Spec": spec, "ServiceStatus": status}


def job(mode: str = "ReplicatedJob", iteration: int | None = None, **options: Any) -> dict[str, Any]:
    """A job; the engine leaves the first iteration's number out."""
    template = {"ContainerSpec": PROGRAM, "RestartPolicy": {"Condition": "none"}, "ForceUpdate": 0}
    spec = {"Name": "s_web", "Mode": {mode: options}, "TaskTemplate": template, "Labels": {JOB_LABEL: "d1"}}
    status = {"RunningTasks": 0, "DesiredTasks": 0, "CompletedTasks": 0}
    return {"ID": "i", "Spec": spec, "ServiceStatus": status, "JobStatus": {"JobIteration": _index(iteration)}}


def task(
    state: str, slot: int | None = 1, iteration: int | None = None, node: str = "n1", **program: Any
) -> dict[str, Any]:
    """A task as it is left."""
    made = {
        "ServiceID": "i",
        "NodeID": node,
        "Spec": {"ContainerSpec": {**PROGRAM, **program}, "ForceUpdate": 0},
        "Status": {"State": state, "Timestamp": "2026-11-01T00:00:00Z"},
        "JobIteration": _index(iteration),
    }
    if state in ("failed", "rejected"):
        made["Status"] = {**made["Status"], "Err": "task: non-zero exit (1)"}  # type: ignore[dict-item]
    return made if slot is None else {**made, "Slot": slot}


def _index(iteration: int | None) -> dict[str, int]:
    return {} if iteration is None else {"Index": iteration}


def paused(service: dict[str, Any]) -> dict[str, Any]:
    """As the Swarm leaves a service whose task ended while it watched the update."""
    return {**service, "UpdateStatus": {"State": "paused"}}


CASES: list[tuple[str, dict[str, Any], list[dict[str, Any]], str]] = [
    ("one-shot task that ended well", once(), [task("complete")], ""),
    ("one that runs again when it fails", once("on-failure"), [task("failed"), task("complete")], ""),
    ("one that runs again whatever happens", once("any"), [task("complete")], "0 of 1 tasks running"),
    ("one-shot task that has not ended", once(), [task("running")], "0 of 1 tasks running"),
    ("one-shot task that failed", once(), [task("failed")], "0 of 1 tasks running: task: non-zero exit (1)"),
    ("one of two", once(replicas=2), [task("complete"), task("complete")], "0 of 2 tasks running, 1 ended well"),
    ("two of two", once(replicas=2), [task("complete"), task("complete", 2)], ""),
    ("one whose update was paused by its end", paused(once()), [task("complete")], ""),
    (
        "one of two that paused it",
        paused(once(replicas=2)),
        [task("complete")],
        "0 of 2 tasks running, 1 ended well, update paused",
    ),
    ("what ended before the change", once(Image="new"), [task("complete")], "0 of 1 tasks running"),
    ("somebody else's task", once(), [{**task("complete"), "ServiceID": "j"}], "0 of 1 tasks running"),
    ("job that ended well", job(TotalCompletions=2), [task("complete"), task("complete", 2)], ""),
    ("job that has one more to do", job(TotalCompletions=2), [task("complete")], "1 of 2 tasks ended well"),
    ("job that runs again", job(iteration=9), [task("complete", iteration=3)], "0 of 1 tasks ended well"),
    ("job that ran again", job(iteration=9), [task("complete", iteration=3), task("complete", iteration=9)], ""),
    ("job that failed", job(), [task("failed")], "0 of 1 tasks ended well: task: non-zero exit (1)"),
    ("job of every node", job("GlobalJob"), [task("complete", None), task("complete", None, node="n2")], ""),
    (
        "job of every node, one to go",
        job("GlobalJob"),
        [task("complete", None), task("running", None, node="n2")],
        "1 of 2 tasks ended well",
    ),
    ("job that has not begun", job("GlobalJob"), [], "0 of 1 tasks ended well"),
]


@pytest.mark.parametrize(("service", "tasks", "said"), [each[1:] for each in CASES], ids=[each[0] for each in CASES])
def test_what_is_to_end(service: dict[str, Any], tasks: list[dict[str, Any]], said: str) -> None:
    assert unready(service, tasks) == (said and f"s_web: {said}")


def test_a_job_is_what_its_label_says() -> None:
    done = [task("complete")]
    assert condition([job()], done, {"s_web": "d1"}, "source") == RUNNING
    assert condition([job()], done, {"s_web": "d2"}, "source") == "s_web was deployed from something else"
    assert condition([job()], [], {"s_web": "d1"}, "source") == "s_web: 0 of 1 tasks ended well"


class Engine:
    """An engine with one service and its tasks."""

    def __init__(self, service: dict[str, Any], tasks: list[dict[str, Any]]) -> None:
        self.answers = {"services": [service], "tasks": tasks}

    def get(self, path: str, params: Any) -> Any:  # noqa: ARG002
        return self.answers[path]

    def raw(self, path: str, params: Any) -> bytes:
        raise AssertionError((path, params))

    def post(self, path: str, params: Any, body: Any) -> Any:
        raise AssertionError((path, params, body))


@pytest.mark.parametrize("service", [once(), job()], ids=["one-shot task", "job"])
def test_what_failed_for_good_is_not_waited_for(service: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr("time.sleep", waited.append)
    said = services.await_running(Engine(service, [task("failed")]), "s", {"s_web": ""}, limit=3600)
    assert said.endswith("task: non-zero exit (1)")
    assert waited == []


def test_a_job_is_not_labelled_afterwards() -> None:
    """It would run again."""
    services.seal(Engine(job(), [task("complete")]), "s", "source", "swarm")
