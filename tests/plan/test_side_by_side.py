"""The reference application in two environments of one Swarm: names, DNS, routes, ports, rules, variables and files."""

import os
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from phoenix.model import Cluster, Reload, Variable, load
from phoenix.plan import compose, dns, firewall, nginx, routes, traefik
from phoenix.plan.certificates import UPDATE_EACH
from phoenix.plan.choices import Choices
from phoenix.plan.cluster import plan
from phoenix.specs.pki import Command
from phoenix.specs.stacks import FromSetting
from tests.plan import fwfile
from tests.plan.reference import ROOT, reference

APP = "thinkheads_ai_app"
TESTING = "testing.thinkheads.internal.thinkheads.ai"
HOSTS = {"thinkheads.internal.thinkheads.ai": "http://10.0.0.102:8000", TESTING: "http://10.0.0.102:8001"}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Cluster:
    """The reference cluster in production, by an overlay that lists the application twice."""
    folder = tmp_path_factory.mktemp("both") / "config"
    (folder / "environments" / "production" / "guests").mkdir(parents=True)
    for path in (ROOT / "config").iterdir():
        if path.name != "environments":
            (folder / path.name).symlink_to(path)
    over = folder / "environments" / "production" / "guests" / "1002-drphoenix.yaml"
    over.write_text(
        f"docker_stacks: [qdrant_service, {{stack: {APP}, environments: [production, testing]}}]\n", encoding="utf-8"
    )
    return load(folder, ROOT / "stacks", "production")


def test_each_is_a_stack_of_portainer_with_its_own_variables(cluster: Cluster) -> None:
    planned = plan(cluster, Choices()).services
    assert set(planned.by_portainer) == {"qdrant_service", APP, f"{APP}-testing"}
    production, testing = planned.by_portainer[APP].stack, planned.by_portainer[f"{APP}-testing"].stack
    assert (production.name, testing.name) == (f"{APP}-production", f"{APP}-testing")
    assert (production.env["API_PORT"], testing.env["API_PORT"]) == ("8000", "8001")
    assert production.env["DATABASE_PASS"] == FromSetting(setting="databasePassword")
    # the one that was there stays as it was
    assert production == plan(reference(), Choices()).services.by_portainer[APP].stack


def test_each_has_its_port_its_data_and_its_files(cluster: Cluster) -> None:
    planned = plan(cluster, Choices())
    for name, port, folder, file in (
        (APP, "8000", "", "prod"),
        (f"{APP}-testing", "8001", "_testing", "test"),
    ):
        deployed = planned.services.by_portainer[name]
        document = YAML(typ="safe").load(deployed.stack.compose)
        assert str(document["services"][APP]["ports"][0]["published"]) == port
        assert [each.path for each in deployed.volumes.values()] == [f"/mnt/persistent/{APP}{folder}"]
        assert deployed.configs == (f"{APP}-configs-{file}-env",)
        assert deployed.configs[0] in planned.distribution.configs


def test_both_names_are_known_and_lead_to_their_ports(cluster: Cluster) -> None:
    found = {each.host: each.url for each in routes.routes(cluster)}
    assert {host: found[host] for host in HOSTS} == HOSTS
    records = {each.name: each.address for each in dns.records(cluster)}
    assert {records[host] for host in HOSTS} == {"10.0.0.153"}
    # nobody else's came or went
    assert {each.name for each in dns.records(reference())} == records.keys() - {TESTING}
    served = YAML(typ="safe").load(traefik.dynamic_config(cluster))["http"]
    assert served["routers"][f"{APP}_testing"]["rule"] == f"Host(`{TESTING}`)"
    servers = served["services"][f"{APP}_testing"]["loadBalancer"]["servers"]
    assert [each["url"] for each in servers] == [HOSTS[TESTING]]
    assert TESTING in nginx.gateway_config(cluster).split()


def test_the_rules_of_both_are_the_guests(cluster: Cluster) -> None:
    def open_ports(each: Cluster) -> set[str]:
        rules = fwfile.read(firewall.files(each)["/etc/pve/firewall/cluster.fw"]).groups["guest-1002"]
        return {str(rule["dport"]) for rule in rules if "dport" in rule and rule["type"] == "in"}

    assert open_ports(cluster) - open_ports(reference()) == {"8001"}
    assert "8000" in open_ports(cluster)


def test_secrets_of_each_environment_are_asked_for(cluster: Cluster) -> None:
    stack = cluster.stack(APP)
    named = Variable(name="DATABASE_PASS", secret="testingPassword")
    testing = stack.environments["testing"].model_copy(update={"variables": (named,)})
    other = stack.model_copy(update={"environments": {**stack.environments, "testing": testing}})
    changed = cluster.model_copy(
        update={"stacks": tuple(other if each.name == APP else each for each in cluster.stacks)}
    )
    before, after = compose.secret_settings(cluster), compose.secret_settings(changed)
    assert after == (*before, "testingPassword")


def test_a_certificates_user_is_told_in_each(cluster: Cluster) -> None:
    reload = Reload.model_validate({"service": f"{APP}/{APP}"})
    changed = [
        each.model_copy(update={"distribution": (each.distribution[0].model_copy(update={"reload": reload}),)})
        if each.name == "docker-daemon"
        else each
        for each in cluster.certificates
    ]
    planned = plan(cluster.model_copy(update={"certificates": tuple(changed)}), Choices()).certificates
    after = planned["docker-daemon"].copies[0].after
    assert isinstance(after, Command)
    assert after.argv[4:] == (f"{APP}-production_{APP}", f"{APP}-testing_{APP}")


def test_the_script_that_tells_them_updates_what_is_there(tmp_path: Path) -> None:
    """`docker` here is a script that knows one of the two services, and writes down what it is told."""
    docker = tmp_path / "docker"
    docker.write_text(f'#!/bin/sh\ncase "$2" in ls) echo a-testing_x ;; *) echo "$@" >> {tmp_path}/told ;; esac\n')
    docker.chmod(0o755)
    argv = ["sh", "-euc", UPDATE_EACH, "sh", "a-production_x", "a-testing_x"]
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    subprocess.run(argv, env=environment, check=True, timeout=30)
    assert (tmp_path / "told").read_text() == "service update --quiet --force a-testing_x\n"
