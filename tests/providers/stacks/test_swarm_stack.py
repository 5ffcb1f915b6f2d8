"""Stacks that the Swarm deploys: the script that does it, and a real engine."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from phoenix.errors import OperationError
from phoenix.providers.stacks.swarm_stack import SwarmStackAction, SwarmStackReconciler, deployment
from phoenix.redaction import redact
from phoenix.specs.stacks import SwarmStackSpec
from phoenix.specs.target import VmTarget
from tests.providers.core.convergence import converge, live
from tests.providers.swarm import swarm_engine, swarm_host
from tests.providers.swarm.swarm_host import SwarmHost

STACK = SwarmStackReconciler()
COMPOSE = """version: "3.8"
services:
  web:
    image: example/web:1
    environment: {TOKEN: "${TOKEN}"}
    networks: [inner]
    deploy: {replicas: 0, endpoint_mode: dnsrr}
networks: {inner: {driver: overlay}}
"""
SECRET = 'it\'s $ecret \\ "and" `more`'
WANTED = SwarmStackSpec(
    manager=VmTarget(node="10.0.0.13", vmid=1001, address="10.0.0.111", user="someone"),
    name="web-testing",
    compose=COMPOSE,
    env={"TOKEN": SECRET},
)

PLANS: list[tuple[str, dict[str, Any] | None, list[SwarmStackAction]]] = [
    ("as desired", {}, []),
    ("absent", None, [SwarmStackAction.DEPLOY]),
    ("changed", {"condition": "web-testing_web was changed by hand"}, [SwarmStackAction.DEPLOY]),
    ("another limit, which nothing live has", {"limit": 20}, []),
]


@pytest.mark.parametrize(("changes", "expected"), [plan[1:] for plan in PLANS], ids=[plan[0] for plan in PLANS])
def test_plan(changes: dict[str, Any] | None, expected: list[SwarmStackAction]) -> None:
    assert STACK.plan(None if changes is None else WANTED.model_copy(update=changes), WANTED) == expected


def test_the_script_hands_over_file_and_environment_word_by_word(tmp_path: Path) -> None:
    docker = tmp_path / "docker"
    docker.write_text(
        '#!/bin/sh\ncat > "$OUT/file"; printf %s "$TOKEN" > "$OUT/token"; echo "$@" > "$OUT/words"; pwd\n'
    )
    docker.chmod(0o755)
    desired = WANTED.model_copy(update={"compose": COMPOSE + "# 'quoted' %s \\n\n"})
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "OUT": str(tmp_path)}
    script = deployment(desired, {"TOKEN": SECRET})
    done = subprocess.run(["sh", "-eu"], input=script, env=environment, capture_output=True, timeout=10, check=True)
    assert (tmp_path / "file").read_text() == desired.compose
    assert (tmp_path / "token").read_text() == SECRET
    assert "stack deploy --compose-file - " in (tmp_path / "words").read_text()
    assert "ecret" not in (tmp_path / "words").read_text()
    assert done.stdout.decode().strip() == "/"


@pytest.fixture(scope="module")
def socket() -> Iterator[Path]:
    swarm_host.needs_cli()
    yield from swarm_engine.serve()


@pytest.fixture
def swarm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, socket: Path) -> Iterator[SwarmHost]:
    yield from swarm_host.serve(tmp_path, monkeypatch, socket)


@pytest.fixture
def wanted(swarm: SwarmHost) -> SwarmStackSpec:
    return WANTED.model_copy(update={"manager": swarm.manager})


def test_deployed_once_changed_in_place_and_removed_twice(swarm: SwarmHost, wanted: SwarmStackSpec) -> None:
    deploy = [str(SwarmStackAction.DEPLOY)]
    assert converge(STACK, swarm.settings, wanted) == deploy
    assert converge(STACK, swarm.settings, wanted) == []
    spec = swarm.client.api.inspect_service("web-testing_web")["Spec"]
    assert spec["TaskTemplate"]["ContainerSpec"]["Env"] == [f"TOKEN={SECRET}"]
    assert converge(STACK, swarm.settings, wanted.model_copy(update={"env": {"TOKEN": "other"}})) == deploy
    for _ in range(2):
        STACK.remove(swarm.settings, wanted)
        assert live(STACK, swarm.settings, wanted) is None
    assert swarm.client.api.networks(filters={"label": "com.docker.stack.namespace=web-testing"}) == []


def test_what_portainer_deployed_is_not_taken_over(swarm: SwarmHost, wanted: SwarmStackSpec) -> None:
    STACK.admit(swarm.settings, wanted)
    converge(STACK, swarm.settings, wanted)
    STACK.admit(swarm.settings, wanted)
    service = swarm.client.services.get("web-testing_web")
    assert service.attrs["Spec"]["Labels"]["phoenix.deployed_by"] == "swarm"
    service.update(labels={**service.attrs["Spec"]["Labels"], "phoenix.deployed_by": "portainer"})
    with pytest.raises(OperationError, match=r"(?s)Portainer deploys it.*take the stack out of docker_stacks"):
        STACK.admit(swarm.settings, wanted)
    STACK.remove(swarm.settings, wanted)


def test_what_was_changed_by_hand_shows_and_is_put_right(swarm: SwarmHost, wanted: SwarmStackSpec) -> None:
    converge(STACK, swarm.settings, wanted)
    service = swarm.client.services.get("web-testing_web")
    service.update(image="example/web:2", labels=service.attrs["Spec"]["Labels"])
    assert live(STACK, swarm.settings, wanted).condition == "web-testing_web was changed by hand"
    assert converge(STACK, swarm.settings, wanted) == [str(SwarmStackAction.DEPLOY)]
    image = swarm.client.api.inspect_service("web-testing_web")["Spec"]["TaskTemplate"]["ContainerSpec"]["Image"]
    assert image == "example/web:1"


def test_a_service_that_left_the_file_is_pruned(swarm: SwarmHost, wanted: SwarmStackSpec) -> None:
    more = COMPOSE.replace("networks: {inner", "  db: {image: example/db:1, deploy: {replicas: 0}}\nnetworks: {inner")
    converge(STACK, swarm.settings, wanted.model_copy(update={"compose": more}))
    converge(STACK, swarm.settings, wanted)
    assert [each["Spec"]["Name"] for each in swarm.client.api.services()] == ["web-testing_web"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("image:", "imag:"), "Additional property imag is not allowed"),
        (("deploy:", "secrets: [nosuch]\n    deploy:"), "(?i)undefined secret.*nosuch"),
    ],
)
def test_what_the_swarm_refuses_is_the_cause(
    swarm: SwarmHost, wanted: SwarmStackSpec, change: tuple[str, str], words: str
) -> None:
    with pytest.raises(OperationError, match=words) as failed:
        converge(STACK, swarm.settings, wanted.model_copy(update={"compose": COMPOSE.replace(*change)}))
    assert "stack web-testing: deploy it" in str(failed.value)
    assert "ecret \\" not in redact(str(failed.value))
