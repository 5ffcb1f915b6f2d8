"""One stack in two environments of one Swarm, listed by an overlay, and a promotion from the one to the other."""

import json

import pytest

from tests.lab.converged import DOMAIN, Cluster

pytestmark = pytest.mark.lab

APP = "thinkheads_ai_app"
MANIFEST = f"stacks/{APP}/stack.yaml"
OVERLAY = "config/environments/development/guests/1002-drphoenix.yaml"
BOTH = f"docker_stacks: [qdrant_service, {{stack: {APP}, environments: [development, testing]}}]\n"
URLS = {name: f"https://{host}.thinkheads.{DOMAIN}" for name, host in (("development", "dev"), ("testing", "testing"))}


def tasks(cluster: Cluster, environment: str) -> str:
    return cluster.machine(1001, f"docker service ps -q {APP}-{environment}_{APP}")


def variables(cluster: Cluster, environment: str) -> dict[str, str]:
    found = json.loads(cluster.machine(1001, f"docker service inspect {APP}-{environment}_{APP}"))
    given = found[0]["Spec"]["TaskTemplate"]["ContainerSpec"]["Env"]
    return dict(each.split("=", 1) for each in given if not each.startswith("DATABASE_PASS"))


def test_two_environments_stand_side_by_side_and_one_is_promoted(cluster: Cluster) -> None:
    alone = tasks(cluster, "development")
    cluster.put(OVERLAY, BOTH)
    assert f"{APP}-testing" in cluster.up()
    assert cluster.codes(*URLS.values()) == dict.fromkeys(URLS.values(), "200")
    assert variables(cluster, "development") == {"API_PORT": "8002", "DATABASE_USER": "dev_user"}
    assert variables(cluster, "testing") == {"API_PORT": "8001", "DATABASE_USER": "test_user"}
    assert tasks(cluster, "development") == alone
    cluster.assert_clean()

    beside = tasks(cluster, "testing")
    # as it is, so that it is put right afterwards
    cluster.put(MANIFEST, (cluster.checkout / MANIFEST).read_text())
    promote = [str(cluster.checkout / "bin" / "phoenix"), "promote", APP, "testing", "development"]
    done = cluster.run(*promote, "--variable", "DATABASE_USER", "--write")
    assert done.returncode == 0, done.stderr
    assert "-      - {name: DATABASE_USER, value: dev_user}\n" in done.stdout
    cluster.up()
    assert variables(cluster, "development") == {"API_PORT": "8002", "DATABASE_USER": "test_user"}
    assert tasks(cluster, "testing") == beside
    assert cluster.codes(*URLS.values()) == dict.fromkeys(URLS.values(), "200")
    cluster.assert_clean()

    cluster.restore()
    cluster.up()
    listed = cluster.machine(1001, "docker service ls --format '{{.Name}}'")
    assert [name for name in listed.split() if name.startswith(APP)] == [f"{APP}-development_{APP}"]
    assert cluster.codes(URLS["development"]) == {URLS["development"]: "200"}
    cluster.assert_clean()
