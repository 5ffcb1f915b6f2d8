"""A running cluster becomes a configuration whose first `up`, with a state that knows nothing, touches nothing."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.lab.converged import DOMAIN, Cluster, said_of_failure
from tests.lab.test_adoption import first_preview, in_guests, lose_state

pytestmark = pytest.mark.lab

DNS, FIREWALL = "/etc/dnsmasq.d/00-phoenix-internal.conf", "/etc/pve/firewall/cluster.fw"
BY_HAND = (
    "pct set 914 --memory 16384",
    "pct set 917 --cores 4",
    "pct set 102 --onboot 0",
    "pct set 914 --description 'call Ann before you restart it'",
    "pct set 102 --tags theirs",
    "pct set 102 --startup order=3,up=7,down=66",
    "pct set 801 --swap 1024",
    "pct set 103 --protection 1",
    "qm set 1002 --description 'rack 7'",
    "qm set 1002 --tags mine",
    "qm set 1002 --onboot 0",
    "qm set 1002 --startup order=9",
    "mkdir -p /srv/films && chown 100000:100044 /srv/films && pct set 917 --mp7 /srv/films,mp=/films,ro=1",
    "mkdir -p /srv/nobodys && pct set 917 --mp8 /srv/nobodys,mp=/nobodys",
    f"sed -i '/^host-record=qdrant/i host-record=printer.{DOMAIN},10.0.0.77' {DNS}",
    "echo address=/scanner.lan/10.0.0.78 > /etc/dnsmasq.d/90-theirs.conf",
    f"sed -i '/operators reach the Proxmox API/i IN ACCEPT -p tcp -dport 4444 # theirs' {FIREWALL}",
    f"sed -i '/Allow Traefik to access ollama/a IN DROP -source 10.0.0.66 -p tcp -dport 1:1023 # theirs' {FIREWALL}",
)
IN_THE_SWARM = (
    "docker network create -d overlay theirs",
    "docker node update --label-add rack=7 drphoenix",
    'echo \'{"version": "3.8", "services": {"one": {"image": "qdrant/qdrant"}}}\' | docker stack deploy -c - theirs',
)
WRITTEN: dict[str, dict[str, Any]] = {
    "guests/914-ollama-gpu0": {"memory_mb": 16384, "description": "call Ann before you restart it"},
    "guests/917-llamacpp-gpu0": {
        "cores": 4,
        "mounts": [{"host_path": "/srv/films", "container_path": "/films", "read_only": True, "owner_gid": 44}],
    },
    "guests/102-traefik-internal": {"onboot": False, "tags": ["theirs"], "boot": {"order": 3, "delay": 7}},
    "guests/801-granite-embedding": {"swap_mb": 1024},
    "guests/103-step-ca": {"protect": True},
    "guests/1002-drphoenix": {"description": "rack 7", "tags": ["mine"], "onboot": False},
}
"""What a file says of what was changed by hand."""
TOLD = (
    "the stack theirs, which stays as it is: the product calls it theirs-development",
    "guest 801: the unit vllm_model_server runs; the feature vllm was not told",
    "features of guest 900: they can be told only where it runs and answers",
    "its owner on the node is nobody in the container, or its mode has more than the usual bits; it stays mounted",
    "the file stays as it is, beside the one that the product writes",
    "pulumi config set --secret phoenix:thinkheadsAiAppDatabasePass",
)
TAKEN_BACK = (
    "pct set 914 --memory 32768 --delete description; pct set 917 --cores 6 --delete mp7,mp8",
    "pct set 102 --onboot 1 --startup order=3,up=5 --delete tags; pct set 801 --swap 512; pct set 103 --protection 0",
    "qm set 1002 --onboot 1 --startup order=5,up=2 --delete description,tags",
    f"rm /etc/dnsmasq.d/90-theirs.conf; sed -i /printer/d {DNS}; sed -i '/# theirs/d' {FIREWALL}",
    "rmdir /srv/films /srv/nobodys",
)
TAKEN_BACK_IN_THE_SWARM = (
    "docker stack rm theirs; docker node update --label-rm rack drphoenix; docker network rm theirs; "
    "while docker network ls | grep -q theirs_; do sleep 1; done"
)
ONLY_TEXTS = "files of the stack in /quickOS/portainer_stacks/"
"""The copies for people of what stacks are made from; nobody reads them."""


@pytest.fixture
def adopting(cluster: Cluster) -> Iterator[Cluster]:
    """The converged cluster, which afterwards has its own configuration and its own state again."""
    yield cluster
    cluster.restore()
    done = cluster.try_up(**lose_state(cluster))
    assert done.returncode == 0, said_of_failure(done)
    cluster.assert_clean()
    cluster.settled = True


def imported(cluster: Cluster) -> tuple[Path, str]:
    """The folder with what the cluster became, and the report."""
    folder = cluster.checkout.parent / "imported"
    shutil.rmtree(folder, ignore_errors=True)
    words = ["import", "--live", "--node", "10.0.0.13", "--environment", "development", "--to", str(folder)]
    done = cluster.run(str(cluster.checkout / "bin/phoenix"), *words)
    # features of what is stopped cannot be told
    assert done.returncode == 1, done.stdout + done.stderr
    return folder, done.stdout


def adopted(cluster: Cluster, folder: Path) -> dict[str, str]:
    """Makes it the configuration, and empties the state; the environment of the next runs."""
    for path in folder.rglob("*"):
        if path.is_file():
            cluster.put(str(path.relative_to(folder)), path.read_text())
    password = (cluster.lab.place.secrets / "database_password").read_text().strip()
    return {**lose_state(cluster), "PHOENIX_THINKHEADS_AI_APP_DATABASE_PASS": password}


def assert_nothing_is_touched(cluster: Cluster, environment: dict[str, str]) -> None:
    """The first preview changes texts alone, `up` restarts nothing, and the second preview has nothing to do."""
    seen = first_preview(cluster, environment)
    assert len(seen) > 60
    assert {name: change for name, change in seen.items() if change and not name.startswith(ONLY_TEXTS)} == {}
    began = in_guests(cluster)
    assert began.count("container ") >= 5
    done = cluster.try_up(**environment)
    assert done.returncode == 0, said_of_failure(done)
    assert in_guests(cluster) == began
    preview = ["pulumi", "preview", "--stack", "dev", "--expect-no-changes", "--diff"]
    done = cluster.run(*preview, environment=environment)
    assert done.returncode == 0, said_of_failure(done)


def test_a_converged_cluster_is_imported_and_adopted(adopting: Cluster) -> None:
    folder, report = imported(adopting)
    secrets = [path.read_text().strip() for path in adopting.lab.place.secrets.iterdir() if path.is_file()]
    texts = [report, *(path.read_text() for path in folder.rglob("*") if path.is_file())]
    assert [secret[:8] for secret in secrets for text in texts if secret in text] == []
    names = {str(path.relative_to(folder)) for path in folder.rglob("*.yaml")}
    assert names >= {f"config/guests/{path.name}" for path in (adopting.checkout / "config/guests").iterdir()}
    assert_nothing_is_touched(adopting, adopted(adopting, folder))


def test_after_twenty_changes_by_hand_they_are_the_configuration(adopting: Cluster) -> None:
    adopting.settled = False
    try:
        for script in BY_HAND:
            adopting.drift(script)
        for script in IN_THE_SWARM:
            adopting.machine(1001, script)
        folder, report = imported(adopting)
        for name, expected in WRITTEN.items():
            found = YAML(typ="safe").load((folder / f"config/{name}.yaml").read_text())
            assert {key: found.get(key) for key in expected} == expected
        cluster = YAML(typ="safe").load((folder / "config/cluster.yaml").read_text())
        assert {"name": "printer", "address": "10.0.0.77"} in cluster["dns"]["records"]
        assert {"name": "theirs", "attachable": False} in cluster["swarm"]["networks"]
        # it stays in the node's file, beside ours
        assert not any(rule.get("comment") == "theirs" for rule in cluster["firewall"]["rules"])
        assert [each for each in TOLD if each not in report] == []
        assert_nothing_is_touched(adopting, adopted(adopting, folder))
        assert "theirs_one" in adopting.machine(1001, "docker service ls --format '{{.Name}}'")
    finally:
        for script in TAKEN_BACK:
            adopting.node(script)
        adopting.machine(1001, TAKEN_BACK_IN_THE_SWARM)
