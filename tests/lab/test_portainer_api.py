"""The calls of Portainer's API that need a Swarm, on whichever server the lab runs: the real one, or the lab's own."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.lab.converged import Cluster

pytestmark = pytest.mark.lab

NAME = "contract"
COMPOSE = """version: "3.8"
services:
  web:
    image: thinkheads_ai_app:latest
    environment: {API_PORT: "${PORT}"}
    deploy: {endpoint_mode: dnsrr}
"""


class Api:
    """The calls, with this environment's numbers filled in."""

    def __init__(self, session: Any, url: str) -> None:
        self._session, self._url = session, url
        self.endpoint = self.call("GET", "endpoints?name=drphoenix").json()[0]["Id"]
        self.swarm = self.call("GET", f"endpoints/{self.endpoint}/docker/swarm").json()["ID"]

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> requests.Response:
        data = None if body is None else json.dumps(body)
        answer: requests.Response = self._session.request(method, f"{self._url}/{path}", data=data, timeout=90)
        return answer

    def create(self, compose: str = COMPOSE, **other: Any) -> requests.Response:
        body = {"name": NAME, "swarmID": self.swarm, "stackFileContent": compose, "env": [_port("8020")]} | other
        return self.call("POST", f"stacks/create/swarm/string?endpointId={self.endpoint}", body)

    def update(self, number: int, compose: str, **other: Any) -> requests.Response:
        body = {"stackFileContent": compose, "env": [_port("8021")], "prune": True, "pullImage": False} | other
        return self.call("PUT", f"stacks/{number}?endpointId={self.endpoint}", body)

    def delete(self, number: int) -> requests.Response:
        return self.call("DELETE", f"stacks/{number}?endpointId={self.endpoint}")

    def stacks(self) -> dict[str, int]:
        return {stack["Name"]: stack["Id"] for stack in self.call("GET", "stacks").json()}


def _port(value: str) -> dict[str, str]:
    return {"name": "PORT", "value": value}


@pytest.fixture
def api(cluster: Cluster) -> Iterator[Api]:
    """Portainer's administrator; the test's stack is gone before and after."""
    with cluster.portainer() as (session, url):
        made = Api(session, url)
        for _ in range(2):
            if number := made.stacks().get(NAME):
                assert made.delete(number).status_code == 204
            if _ == 0:
                yield made


def environment(cluster: Cluster) -> str:
    """The service's variables, as the Swarm has them."""
    template = "{{json .Spec.TaskTemplate.ContainerSpec.Env}}"
    return cluster.machine(1001, f'docker service inspect -f "{template}" {NAME}_web')


def test_a_stack_is_created_updated_and_deleted(cluster: Cluster, api: Api) -> None:
    made = api.create()
    assert made.status_code == 200, made.text
    number = made.json()["Id"]
    assert (made.json()["Name"], made.json()["EndpointId"]) == (NAME, api.endpoint)
    assert "API_PORT=8020" in environment(cluster)
    assert api.stacks()[NAME] == number
    assert api.call("GET", f"stacks/{number}/file").json() == {"StackFileContent": COMPOSE}

    again = api.create()
    assert (again.status_code, set(again.json())) == (409, {"message", "details"})

    changed = COMPOSE.replace("web:", "web:\n    labels: {a: b}")
    assert api.update(number, changed).status_code == 200
    assert "API_PORT=8021" in environment(cluster)
    seen = api.call("GET", f"stacks/{number}").json()
    assert [(each["name"], each["value"]) for each in seen["Env"]] == [("PORT", "8021")]
    assert api.call("GET", f"stacks/{number}/file").json() == {"StackFileContent": changed}

    assert api.delete(number).status_code == 204
    assert api.call("GET", f"stacks/{number}").status_code == 404
    deadline = time.monotonic() + 20
    while NAME in (left := cluster.machine(1001, "docker service ls")) and time.monotonic() < deadline:
        time.sleep(0.5)
    assert NAME not in left


@pytest.mark.parametrize(
    "compose",
    [
        "version: '3.8'\nservices: [",
        "version: '3.8'\nservices: {web: {image: 7}}",
        COMPOSE.replace("image: thinkheads_ai_app:latest", "image: 'NOT AN IMAGE'"),
        COMPOSE.replace("deploy:", "secrets: [nowhere]\n    deploy:") + "secrets: {nowhere: {external: true}}\n",
    ],
    ids=["broken YAML", "wrong type", "bad image", "missing secret"],
)
def test_a_bad_compose_file_is_refused_and_leaves_no_stack(cluster: Cluster, api: Api, compose: str) -> None:
    refused = api.create(compose)
    assert refused.status_code in (400, 500), refused.text
    assert set(refused.json()) == {"message", "details"}
    assert refused.json()["details"]
    assert NAME not in api.stacks()
    assert NAME not in cluster.machine(1001, "docker service ls")


def test_a_refused_update_keeps_the_old_file(cluster: Cluster, api: Api) -> None:
    number = api.create().json()["Id"]
    refused = api.update(number, COMPOSE + "secrets: [\n")
    assert refused.status_code in (400, 500), refused.text
    assert api.call("GET", f"stacks/{number}/file").json() == {"StackFileContent": COMPOSE}
    assert "API_PORT=8020" in environment(cluster)


@pytest.mark.parametrize(
    ("path", "other", "code"),
    [
        ("stacks/create/swarm/string?endpointId=999", {}, 404),
        ("stacks/create/swarm/string?endpointId={}", {"swarmID": ""}, 400),
        ("stacks/create/swarm/string?endpointId={}", {"name": ""}, 400),
        ("stacks/create/swarm/string?endpointId={}", {"stackFileContent": ""}, 400),
    ],
)
def test_an_incomplete_request_is_refused(api: Api, path: str, other: dict[str, str], code: int) -> None:
    body = {"name": NAME, "swarmID": api.swarm, "stackFileContent": COMPOSE, "env": []} | other
    assert api.call("POST", path.format(api.endpoint), body).status_code == code


def test_without_a_session_nothing_is_told(api: Api, cluster: Cluster) -> None:
    with cluster.portainer() as (session, url):
        session.headers.pop("Authorization")
        for path in ("stacks", "endpoints", f"endpoints/{api.endpoint}/docker/swarm"):
            assert session.get(f"{url}/{path}", timeout=30).status_code == 401
