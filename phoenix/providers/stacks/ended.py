"""Tasks that are to end, and whether they ended well: jobs, and services that nobody starts again.

https://docs.docker.com/reference/api/engine/ , Service.JobStatus, Task.JobIteration, RestartPolicy.
"""

from collections.abc import Mapping, Sequence
from typing import Any

_NOT_AGAIN = ("none", "on-failure")


def is_job(service: Mapping[str, Any]) -> bool:
    """Whether the service's tasks are run once, until they end."""
    return not {"ReplicatedJob", "GlobalJob"}.isdisjoint(service["Spec"].get("Mode") or {})


def may_end(service: Mapping[str, Any]) -> bool:
    """Whether a task that ended well is not started again."""
    policy = service["Spec"].get("TaskTemplate", {}).get("RestartPolicy") or {}
    return is_job(service) or policy.get("Condition") in _NOT_AGAIN


def ended_well(service: Mapping[str, Any], tasks: Sequence[Mapping[str, Any]]) -> int:
    """How many of the tasks of the service as it is now ended well, each place among them counted once."""
    if not may_end(service):
        return 0
    found = {_place(task) for task in of(service, tasks) if task["Status"]["State"] == "complete"}
    return len(found)


def failed_for_good(service: Mapping[str, Any], tasks: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a task ended badly that is not tried again."""
    policy = service["Spec"].get("TaskTemplate", {}).get("RestartPolicy") or {}
    states = {task["Status"]["State"] for task in of(service, tasks)}
    return policy.get("Condition") == "none" and not states.isdisjoint({"failed", "rejected"})


def wanted(service: Mapping[str, Any], tasks: Sequence[Mapping[str, Any]]) -> int:
    """How many tasks a job wants to end well."""
    job = service["Spec"]["Mode"].get("ReplicatedJob")
    if job is not None:
        completions: int = job.get("TotalCompletions", 1)
        return completions
    # on every node that may run it; none yet means that the Swarm has not begun
    return max(1, len({_place(task) for task in of(service, tasks)}))


def of(service: Mapping[str, Any], tasks: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The service's own tasks, and not those of what it was before."""
    own = [task for task in tasks if task.get("ServiceID") == service["ID"]]
    if is_job(service):
        iteration = (service.get("JobStatus") or {}).get("JobIteration", {}).get("Index", 0)
        return [task for task in own if task.get("JobIteration", {}).get("Index", 0) == iteration]
    return [task for task in own if _program(task.get("Spec", {})) == _program(service["Spec"].get("TaskTemplate", {}))]


def _program(template: Mapping[str, Any]) -> tuple[Any, Any]:
    """What a task runs, and how often it was started again by force."""
    return template.get("ContainerSpec"), template.get("ForceUpdate", 0)


def _place(task: Mapping[str, Any]) -> Any:
    return task.get("Slot") or task.get("NodeID")
