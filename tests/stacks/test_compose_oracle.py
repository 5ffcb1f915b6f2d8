"""Each compose file deployed twice on a real Swarm, by Docker's own CLI and by the product: the services are the same.

Labels of the product, where a service is placed, and the versions in names of configs may differ, and nothing else.
"""

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from docker.client import DockerClient

from phoenix.model import Cluster, ConfigurationError, load
from phoenix.plan import compose, services, targets
from phoenix.providers.stacks.swarm_stack import deployment
from phoenix.specs.stacks import SwarmStackSpec
from tests.providers.swarm import swarm_engine
from tests.stacks.compose_cases import CASES, REFUSES, Case
from tests.stacks.mutated import mutations

SMALL = Path(__file__).parents[1] / "model" / "small"
NAME = "web-production"
LIMIT_S = 60
WITH_JOBS = 23
"""The first version whose CLI deploys jobs."""


class Swarm:
    """A Swarm whose services start nowhere: no image is there."""

    def __init__(self, socket: Path) -> None:
        self.environment = {"PATH": os.environ["PATH"], "DOCKER_HOST": f"unix://{socket}", "HOME": str(socket.parent)}
        self.client = DockerClient(base_url=f"unix://{socket}")

    def run(self, argv: list[str], folder: Path, variables: Mapping[str, str], script: bytes = b"") -> str:
        """What the command complained of; empty when it ended well."""
        done = subprocess.run(
            argv,
            cwd=folder,
            input=script,
            env={**self.environment, **variables},
            capture_output=True,
            timeout=LIMIT_S,
            check=False,
        )
        return "" if done.returncode == 0 else done.stderr.decode() or "it failed"

    def services(self) -> dict[str, Any]:
        """The specifications of the stack's services, in which what exists under another ID is the same."""
        networks = {each["Id"]: each["Name"] for each in self.client.api.networks()}
        configs = {each["ID"]: each["Spec"]["Data"] for each in self.client.api.configs()}
        return {each["Spec"]["Name"]: _alike(each["Spec"], networks, configs) for each in self.client.api.services()}

    def clear(self) -> None:
        """Takes the stack away, its networks with it."""
        for _ in range(100):
            # a network stays while a task of it is still ending
            self.run(["docker", "stack", "rm", NAME], Path("/"), {})
            left = [
                each
                for each in self.client.api.networks()
                if (each.get("Labels") or {}).get("com.docker.stack.namespace")
            ]
            if not left and not self.client.api.services():
                break
            time.sleep(0.05)
        else:
            raise AssertionError(f"still there: {left}")
        for each in self.client.api.configs():
            self.client.api.remove_config(each["ID"])


def _alike(spec: Mapping[str, Any], networks: Mapping[str, str], configs: Mapping[str, str]) -> dict[str, Any]:
    alike: dict[str, Any] = json.loads(json.dumps(spec))
    alike["Labels"] = {key: value for key, value in alike["Labels"].items() if not key.startswith("phoenix.")}
    template = alike["TaskTemplate"]
    placement = template.get("Placement") or {}
    own = [each for each in placement.get("Constraints") or () if not each.startswith("node.hostname == ")]
    placement.pop("Constraints", None)
    template["Placement"] = {**placement, **({"Constraints": own} if own else {})}
    for each in template.get("Networks") or ():
        each["Target"] = networks[each["Target"]]
    template["Networks"] = sorted(template.get("Networks") or (), key=lambda each: str(each["Target"]))
    for each in template["ContainerSpec"].get("Configs") or ():
        each["Content"] = configs[each.pop("ConfigID")]
        del each["ConfigName"]
    for kind, key in (("Configs", "Content"), ("Secrets", "SecretID")):
        if kind in template["ContainerSpec"]:
            template["ContainerSpec"][kind].sort(key=lambda each, key=key: (str(each["File"]), each[key]))
    return alike


@pytest.fixture(scope="module")
def swarm() -> Iterator[Swarm]:
    if shutil.which("docker") is None:
        pytest.skip("Docker's CLI is not installed")
    said = subprocess.run(["docker", "--version"], capture_output=True, text=True, timeout=LIMIT_S, check=True).stdout
    if (version := re.search(r"version (\d+)", said)) is None or int(version[1]) < WITH_JOBS:
        pytest.skip(f"the table is that of Docker {WITH_JOBS} and later; this is {said.strip()}")
    for socket in swarm_engine.serve():
        found = Swarm(socket)
        for name in ("portainer_tls_cert", "portainer_tls_key"):
            found.client.api.create_secret(name, b"x")
        found.client.api.create_network("public", driver="overlay", attachable=True)
        yield found
        found.client.close()


def folder_of(case: Case, room: Path) -> Path:
    """The small cluster, its stack replaced by the case's; returns the stack's folder."""
    shutil.copytree(SMALL, room, dirs_exist_ok=True)
    folder = room / "stacks" / "web"
    shutil.rmtree(folder)
    folder.mkdir()
    for name, text in {"compose.yaml": case.compose, **case.files}.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    variables = [{"name": name, "value": value} for name, value in case.variables.items()]
    (folder / "stack.yaml").write_text(
        f"description: trial\nenvironments: {{production: {{variables: {json.dumps(variables)}}}}}\n"
    )
    return folder


def loaded(room: Path) -> Cluster:
    return load(room / "config", room / "stacks", "production")


def deploy(swarm: Swarm, cluster: Cluster) -> str:
    """Deploys as the product does, but for the way to the manager; what was complained of."""
    stack = cluster.stack("web")
    environment = stack.environments["production"]
    for config in compose.configs(stack, environment):
        swarm.client.api.create_config(config.name, config.content.encode())
    planned = services.plan(cluster).by_portainer["web"].stack
    manager = targets.machine(cluster, cluster.swarm_manager)
    spec = SwarmStackSpec(name=planned.name, compose=planned.compose, env=planned.env, manager=manager)
    assert {type(each) for each in spec.env.values()} <= {str}
    variables = {name: str(value) for name, value in spec.env.items()}
    return swarm.run(["sh", "-eu"], Path("/"), {}, deployment(spec, variables))


@pytest.mark.server
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_the_services_are_those_of_dockers_own_cli(swarm: Swarm, case: Case, tmp_path: Path) -> None:
    folder = folder_of(case, tmp_path)
    (folder / "docker.yaml").write_text(_readable(case.for_docker))
    deploying = ["docker", "stack", "deploy", "--compose-file", "docker.yaml", NAME]
    try:
        complaint = swarm.run(deploying, folder, case.variables)
        assert bool(complaint) == (bool(case.refused) and case.docker == REFUSES), complaint or "Docker takes it"
        if case.refused:
            with pytest.raises(ConfigurationError, match=r"/web/(compose|stack).yaml:") as error:
                loaded(tmp_path)
            assert case.refused in str(error.value)
            return
        wanted = swarm.services()
        assert wanted
        swarm.clear()
        cluster = loaded(tmp_path)
        assert deploy(swarm, cluster) == ""
        assert swarm.services() == wanted
    finally:
        swarm.clear()


def _readable(text: str) -> str:
    """The file, which older CLIs insist on a version in."""
    return text if "version:" in text else f'version: "3.13"\n{text}'


@pytest.mark.server
def test_the_oracle_tells_a_difference(swarm: Swarm, tmp_path: Path) -> None:
    case = Case("", "deploy: {replicas: 2}\nconfigs: [c]", more="configs: {c: {file: c.txt}}\n", files={"c.txt": "a"})
    found = []
    try:
        for each in (case, replace(case, text=case.text.replace("2", "3")), replace(case, files={"c.txt": "b"})):
            folder_of(each, tmp_path)
            assert deploy(swarm, loaded(tmp_path)) == ""
            found.append(swarm.services())
            swarm.clear()
    finally:
        swarm.clear()
    assert found[0] != found[1]
    assert found[0] != found[2]


def _more(case: Case, complaint: str) -> bool:
    """Whether the product takes more than Docker does: any version, keys without a value, words for switches."""
    of_version = "version:" in case.compose and "Additional property" in complaint
    empty = re.search(r":\s*(~|null|''|\"\")?\s*([,}\]]|$)", case.compose, re.MULTILINE)
    return bool(of_version or empty or re.search(r"must be a (boolean|string, number or null)", complaint))


@pytest.mark.server
def test_a_damaged_file_is_refused_or_deployed_as_docker_does(swarm: Swarm, tmp_path: Path) -> None:
    """PHOENIX_MUTATIONS of them, from seed PHOENIX_SEED on."""
    count, first = int(os.environ.get("PHOENIX_MUTATIONS", "40")), int(os.environ.get("PHOENIX_SEED", "0"))
    wrong, taken = [], 0
    for case in mutations(first, count):
        room = tmp_path / case.name.rpartition(" ")[2]
        folder = folder_of(case, room)
        try:
            cluster = loaded(room)
        except ConfigurationError:
            continue
        (folder / "docker.yaml").write_text(_readable(case.for_docker))
        try:
            complaint = swarm.run(
                ["docker", "stack", "deploy", "--compose-file", "docker.yaml", NAME], folder, case.variables
            )
            wanted = swarm.services()
            swarm.clear()
            ours = deploy(swarm, cluster)
            found = swarm.services()
            if ours or (complaint and not _more(case, complaint)) or (not complaint and found != wanted):
                told = "" if complaint else f"\n{wanted}\n{found}"
                wrong.append(f"{case.name}\n{case.compose}\nDocker: {complaint}\nproduct: {ours}{told}")
            taken += 1
        finally:
            swarm.clear()
    assert wrong == [], "\n".join(wrong)
    assert taken > count // 20
