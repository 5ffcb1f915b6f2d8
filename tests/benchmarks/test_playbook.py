"""The playbook is whole: its tasks, handlers and roles fit together, and it states the facts of the whole plan."""

import importlib.util
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from benchmarks.ansible import facts
from benchmarks.lab import CHECKOUT
from phoenix.pki.hierarchy import hierarchy
from phoenix.plan.choices import Choices
from phoenix.plan.cluster import ClusterPlan, plan
from phoenix.specs.artifact import Artifact
from tests.plan.reference import reference
from toolchain.places import REQUIREMENTS, cache

HERE = CHECKOUT / "benchmarks" / "ansible"
FILES = sorted(HERE.glob("roles/*/*/*.yml"))
KEYWORDS = {
    *(
        "name",
        "when",
        "loop",
        "loop_control",
        "register",
        "changed_when",
        "failed_when",
        "notify",
        "vars",
        "delegate_to",
    ),
    *("environment", "no_log", "until", "retries", "delay", "block", "module_defaults", "become"),
}


def read(path: Path) -> Any:
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


def tasks(found: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for each in found:
        yield each
        yield from tasks(each.get("block", []))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(HERE)))
def test_a_task_has_a_name_and_one_module_by_its_full_name(path: Path) -> None:
    for each in tasks(read(path)):
        modules = each.keys() - KEYWORDS
        assert each["name"]
        assert [name.count(".") >= 2 for name in modules] == ([] if "block" in each else [True]), each


@pytest.mark.parametrize("role", sorted(path.name for path in (HERE / "roles").iterdir()))
def test_what_is_notified_is_a_handler_of_the_role(role: str) -> None:
    folder = HERE / "roles" / role
    handlers = [each["name"] for path in folder.glob("handlers/*.yml") for each in read(path)]
    told = [each["notify"] for path in folder.glob("tasks/*.yml") for each in tasks(read(path)) if "notify" in each]
    for name in [name for each in told for name in ([each] if isinstance(each, str) else each)]:
        # a name that is made in the run begins with its verb
        verb = name.split("'")[1].strip() if "{{" in name else name
        assert any(handler == name or ("{{" in name and handler.startswith(verb)) for handler in handlers), name


def test_every_role_is_played_and_every_role_that_is_played_exists() -> None:
    played = [role for play in read(HERE / "site.yml") for role in play["roles"]]
    assert sorted(played) == sorted(path.name for path in (HERE / "roles").iterdir())


@pytest.fixture(scope="module")
def planned() -> ClusterPlan:
    names = ("nvidia", "vllm", "ollama", "llamacpp", "traefik", "step-ca", "step-cli")
    made = {name: Artifact(version="1", url=f"https://files.example/{name}", sha256="0" * 64) for name in names}
    return plan(reference("development"), Choices(artifacts=made))


@pytest.fixture(scope="module")
def root() -> str:
    return hierarchy("Root CA", "Intermediate CA", "a throwaway password").root.decode()


def test_all_guests_are_stated_and_those_that_run_are_hosts(planned: ClusterPlan, root: str) -> None:
    stated = facts.variables(planned, root)
    assert [each["vmid"] for each in stated["guests"]] == list(planned.infrastructure.guests)
    hosts = facts.inventory(planned, root)
    running = {name for kind in (facts.CONTAINERS, facts.MACHINES) for name in hosts[kind]["hosts"]}
    assert running == {each.name for each in planned.infrastructure.guests.values() if each.guest.running}


def test_every_copy_and_every_unit_has_its_handler(planned: ClusterPlan, root: str) -> None:
    hosts = facts.inventory(planned, root)
    inside = [each for kind in (facts.CONTAINERS, facts.MACHINES) for each in hosts[kind]["hosts"].values()]
    restarts = {each["name"] for each in read(HERE / "roles/software/handlers/main.yml")}
    reloads = {each["name"] for each in read(HERE / "roles/copies/handlers/main.yml")}
    assert {f"restart {unit}" for each in inside for unit in each["software"]["units"]} <= restarts
    copies = [copy for each in inside for copy in each["copies"]]
    assert len(copies) == sum(len(each.copies) for each in planned.certificates.values())
    assert {f"reload {copy['unit']}" for copy in copies} <= reloads


def test_slots_mean_nothing_and_a_part_that_is_missing_is_found() -> None:
    path = HERE / "filter_plugins" / "differing.py"
    made = importlib.util.spec_from_file_location("differing", path)
    assert made is not None
    assert made.loader is not None
    module = importlib.util.module_from_spec(made)
    made.loader.exec_module(module)
    parts = {"dev0": ["/dev/a"], "dev1": ["/dev/b"], "memory": ["1024"], "onboot": ["0"], "net0": ["bridge=vmbr0"]}
    live = {"dev1": "/dev/a", "dev3": "/dev/b", "memory": 512, "net0": "name=eth0,bridge=vmbr0"}
    found = module.differing([{"vmid": 7, "parts": parts}], [{"vmid": "7", "config": live}])
    assert [each["keys"] for each in found] == [["memory"]]
    assert module.differing([{"vmid": 8, "parts": parts}], [{"vmid": "7", "config": live}]) == []


def test_ansible_itself_takes_it(tmp_path: Path) -> None:
    from benchmarks.playbook import place

    command = place(REQUIREMENTS, cache()) / "bin" / "ansible-playbook"
    if not command.exists():
        pytest.skip("Ansible is not installed: `make bench` does that; the other tests here read the YAML alone")
    env = {**os.environ, "ANSIBLE_CONFIG": str(HERE / "ansible.cfg"), "ANSIBLE_LOCAL_TEMP": str(tmp_path)}
    argv = [str(command), "--syntax-check", "-i", "localhost,", str(HERE / "site.yml")]
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
