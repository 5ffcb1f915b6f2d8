"""The services of a Docker stack: do all run, and are they still what was deployed?

`docker stack deploy` leaves nothing on a service by which a change by hand could be told. After a deployment that
succeeded, each service therefore gets labels: who deployed it, the digest of what was deployed (compose file and
environment), and the digest of the service's own specification as the engine had stored it. A label alone restarts no
task, but it runs a job again: a job's label comes with the compose file.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ruamel.yaml import YAML

from phoenix.providers.core.waiting import wait_until
from phoenix.providers.stacks.ended import ended_well, failed_for_good, is_job, may_end, wanted
from phoenix.specs.stacks import JOB_LABEL, RUNNING

SOURCE_LABEL = "phoenix.source"
SPEC_LABEL = "phoenix.spec"
DEPLOYER_LABEL = "phoenix.deployed_by"
_OWN_LABELS = (SOURCE_LABEL, SPEC_LABEL, DEPLOYER_LABEL)
NAMESPACE_LABEL = "com.docker.stack.namespace"

Service = Mapping[str, Any]
Task = Mapping[str, Any]


class DockerApi(Protocol):
    """The engine's API, whatever leads to it: paths without version, JSON in and out."""

    def get(self, path: str, params: Mapping[str, str]) -> Any:
        """The answer to a GET."""

    def post(self, path: str, params: Mapping[str, str], body: Any) -> Any:
        """The answer to a POST."""

    def raw(self, path: str, params: Mapping[str, str]) -> bytes:
        """What a GET is answered with, word by word; nothing where it is refused."""


def source_digest(compose: str, env: Mapping[str, str]) -> str:
    """Hex SHA-256 of what a deployment consists of."""
    return hashlib.sha256(json.dumps([compose, sorted(env.items())]).encode()).hexdigest()


def spec_digest(spec: Mapping[str, Any]) -> str:
    """Hex SHA-256 of a service's specification, our own labels aside, and how often it was started again by force."""
    labels = {key: value for key, value in (spec.get("Labels") or {}).items() if key not in _OWN_LABELS}
    template = spec.get("TaskTemplate") or {}
    # a renewed certificate may do that, and it is no change by hand
    counter = {"TaskTemplate": {**template, "ForceUpdate": 0}} if template.get("ForceUpdate") else {}
    return hashlib.sha256(json.dumps({**spec, **counter, "Labels": labels}, sort_keys=True).encode()).hexdigest()


def expected_services(name: str, compose: str) -> dict[str, str]:
    """The names that the services of stack `name` get in the swarm; with a job's the digest in its label."""
    document = YAML(typ="safe").load(compose)
    declared = document.get("services") if isinstance(document, Mapping) else None
    return {f"{name}_{service}": _job_digest(each) for service, each in (declared or {}).items()}


def _job_digest(service: Any) -> str:
    labels = (service.get("deploy") or {}).get("labels") if isinstance(service, Mapping) else None
    return str(labels.get(JOB_LABEL, "")) if isinstance(labels, Mapping) else ""


def condition(services: Sequence[Service], tasks: Sequence[Task], expected: Mapping[str, str], source: str) -> str:
    """`running` when every expected service runs as deployed from `source`; otherwise what is wrong, in words."""
    found = {service["Spec"]["Name"]: service for service in services}
    wrong = [f"{name} is missing" for name in sorted(expected.keys() - found.keys())]
    for name, service in sorted(found.items()):
        labels = service["Spec"].get("Labels") or {}
        if name not in expected:
            wrong.append(f"{name} is not in the compose file")
        elif is_job(service):
            if labels.get(JOB_LABEL) != expected[name]:
                wrong.append(f"{name} was deployed from something else")
            elif obstacle := unready(service, tasks):
                wrong.append(obstacle)
        elif labels.get(SOURCE_LABEL) != source:
            wrong.append(f"{name} was deployed from something else")
        elif labels.get(SPEC_LABEL) != spec_digest(service["Spec"]):
            wrong.append(f"{name} was changed by hand")
        elif obstacle := unready(service, tasks):
            wrong.append(obstacle)
    return "; ".join(wrong) or RUNNING


def unready(service: Service, tasks: Sequence[Task]) -> str:
    """Why a service does not run as it should, with its tasks' own error; "" when it does, or ended well."""
    name, status = service["Spec"]["Name"], service.get("ServiceStatus") or {}
    running, desired = status.get("RunningTasks", 0), status.get("DesiredTasks", 0)
    update = (service.get("UpdateStatus") or {}).get("State", "completed")
    ended = ended_well(service, tasks)
    if is_job(service):
        desired = wanted(service, tasks)
        if ended >= desired:
            return ""
        state = f"{ended} of {desired} tasks ended well"
    else:
        desired = max(desired, _replicas(service)) if may_end(service) else desired
        # the Swarm takes a task that ends while it watches an update for one that fails, and pauses
        settled = update == "completed" or (update == "paused" and ended >= desired)
        if running + ended >= desired and settled and (desired or not _wants_tasks(service)):
            return ""
        state = f"{running} of {desired} tasks running" + (f", {ended} ended well" if ended else "")
    state += f", update {update}" if update != "completed" else ""
    said = _last_error([task for task in tasks if task.get("ServiceID") == service["ID"]])
    return f"{name}: {state}" + (f": {said}" if said else "")


def given_up(service: Service) -> bool:
    """Whether the swarm stopped updating the service, or took the update back."""
    state: str = (service.get("UpdateStatus") or {}).get("State", "completed")
    return state == "paused" or state.startswith("rollback")


def fetch(api: DockerApi, name: str) -> list[Service]:
    """The services of stack `name` with their task counts."""
    filters = json.dumps({"label": [f"{NAMESPACE_LABEL}={name}"]})
    services: list[Service] = api.get("services", {"filters": filters, "status": "true"})
    return services


def fetch_tasks(api: DockerApi, name: str) -> list[Task]:
    """The tasks of stack `name`, old ones included, as far as the swarm remembers them."""
    tasks: list[Task] = api.get("tasks", {"filters": json.dumps({"label": [f"{NAMESPACE_LABEL}={name}"]})})
    return tasks


def observe(api: DockerApi, name: str, expected: Mapping[str, str], source: str) -> str:
    """`condition` of the live services."""
    services = fetch(api, name)
    tasks = fetch_tasks(api, name) if any(unready(service, []) for service in services) else []
    return condition(services, tasks, expected, source)


def await_running(api: DockerApi, name: str, expected: Mapping[str, str], *, limit: float) -> str:
    """Waits until every expected service runs or ended well, "" then.

    After `limit` seconds, or when the swarm gave up, why not.
    """
    seen: list[str] = []
    hopeless = False

    def obstacle() -> str:
        nonlocal hopeless
        services = fetch(api, name)
        missing = [
            f"{each} is missing" for each in sorted(expected.keys() - {each["Spec"]["Name"] for each in services})
        ]
        tasks = fetch_tasks(api, name) if any(unready(each, []) for each in services) else []
        left = [(each, text) for each in services if (text := unready(each, tasks))]
        hopeless = any(given_up(each) or failed_for_good(each, tasks) for each, _ in left)
        seen.append("; ".join([*missing, *(text for _, text in left)]))
        # a container that ends at once is running for a moment: only the second look counts
        settled = seen[-2:] == ["", ""]
        return "" if hopeless or settled else seen[-1] or "just started"

    answer = wait_until(obstacle, subject=f"stack {name}", limit=limit)
    return seen[-1] if hopeless else answer


def seal(api: DockerApi, name: str, source: str, deployer: str) -> None:
    """Labels the services of a deployment that succeeded, so that a later change shows."""
    for service in fetch(api, name):
        if is_job(service):
            # it would run again
            continue
        spec = service["Spec"]
        labels = {
            **(spec.get("Labels") or {}),
            SOURCE_LABEL: source,
            SPEC_LABEL: spec_digest(spec),
            DEPLOYER_LABEL: deployer,
        }
        if labels != spec.get("Labels"):
            version = {"version": str(service["Version"]["Index"])}
            api.post(f"services/{service['ID']}/update", version, {**spec, "Labels": labels})


def deployers(api: DockerApi, name: str) -> frozenset[str]:
    """Who deployed the services of stack `name`, as their labels say; empty text for those without one."""
    labels = (service["Spec"].get("Labels") or {} for service in fetch(api, name))
    return frozenset(each.get(DEPLOYER_LABEL, "") for each in labels)


def without_notice(said: str) -> str:
    """What the Docker CLI said, without the notice about `--detach` that newer versions begin with."""
    lines = [line for line in said.splitlines() if "--detach=false" not in line]
    return "\n".join(lines) or said


def _wants_tasks(service: Service) -> bool:
    return _replicas(service) > 0


def _replicas(service: Service) -> int:
    replicated = service["Spec"].get("Mode", {}).get("Replicated")
    return 0 if replicated is None else int(replicated.get("Replicas", 1))


def _last_error(tasks: Sequence[Task]) -> str:
    failed = [task["Status"] for task in tasks if task["Status"].get("Err")]
    return str(max(failed, key=lambda status: status["Timestamp"])["Err"]) if failed else ""
