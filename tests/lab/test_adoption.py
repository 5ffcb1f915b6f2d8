"""A lost state: the first preview tells what is there and what would change in it, and a run leaves the rest alone."""

import json
import re

import pytest

from tests.lab.converged import Cluster, said_of_failure
from tests.lab.test_converge import starts

pytestmark = pytest.mark.lab

DNS, FIREWALL = "/etc/dnsmasq.d/00-phoenix-internal.conf", "/etc/pve/firewall/101.fw"
DECLARED = {
    "pct set 801 --memory 1024": ("guest 801 (granite-embedding)", "memory_mb 1024 -> 72000"),
    "pct set 102 --onboot 0": ("guest 102 (Traefik-Internal)", "onboot false -> true"),
    "pct set 917 --cores 1": ("guest 917 (llamacpp-gpu0)", "cores 1 -> 6"),
    f"echo address=/evil.internal.thinkheads.ai/10.0.0.66 >> {DNS}": (
        "files dnsmasq of node 10.0.0.13",
        f"files.{DNS}.content changes",
    ),
    f"sed -i 's/^enable: 1/enable: 0/' {FIREWALL}": (
        "files firewall of node 10.0.0.13",
        f"files.{FIREWALL}.content changes",
    ),
}
"""By hand, against what the configuration says -> what would change in what."""
FOREIGN = {
    "pct set 914 --description 'call Ann before you restart it'": "pct config 914",
    "pct set 102 --tags theirs": "pct config 102",
    "pct set 102 --startup order=3,up=5,down=66": "pct config 102",
    "qm set 1002 --description 'rack 7'": "qm config 1002",
    "qm set 1002 --tags mine": "qm config 1002",
    "mkdir -p /srv/films && pct set 917 --mp7 /srv/films,mp=/films,ro=1": "pct config 917",
    f"echo 'IN ACCEPT -p tcp -dport 4444' >> {FIREWALL}": f"grep -x 'IN ACCEPT -p tcp -dport 4444' {FIREWALL}",
    "echo address=/printer.lan/10.0.0.77 > /etc/dnsmasq.d/90-theirs.conf": "cat /etc/dnsmasq.d/90-theirs.conf",
    "mkdir /quickOS/certificates/theirs && echo x > /quickOS/certificates/theirs/cert.pem": (
        "cat /quickOS/certificates/theirs/cert.pem"
    ),
    "mkdir /quickOS/portainer_stacks/theirs && echo x > /quickOS/portainer_stacks/theirs/compose.yaml": (
        "cat /quickOS/portainer_stacks/theirs/compose.yaml"
    ),
}
"""By hand, of what the configuration does not speak -> how to look at it."""
IN_THE_SWARM = {
    "docker network create -d overlay theirs": "docker network inspect -f {{.ID}} theirs",
    "echo x | docker secret create theirs -": "docker secret inspect -f {{.ID}} theirs",
    "echo x | docker config create theirs -": "docker config inspect -f {{.ID}} theirs",
    "docker volume create theirs": "docker volume inspect -f {{.CreatedAt}} theirs",
    "docker node update --label-add theirs=1 drphoenix": "docker node inspect -f {{.Spec.Labels.theirs}} drphoenix",
}
TAKEN_BACK = (
    "pct set 914 --delete description; pct set 102 --delete tags; qm set 1002 --delete description,tags",
    f"sed -i /4444/d {FIREWALL}; pct set 917 --delete mp7; rm /etc/dnsmasq.d/90-theirs.conf",
    "rm -r /quickOS/certificates/theirs /quickOS/portainer_stacks/theirs",
)
TAKEN_BACK_IN_THE_SWARM = (
    "docker network rm theirs; docker secret rm theirs; docker config rm theirs; docker volume rm theirs; "
    "docker node update --label-rm theirs drphoenix"
)
LINE = re.compile(r"^    (\S.*): is there already, and is taken over(?:: (.*)| as it is)$", re.MULTILINE)


def lose_state(cluster: Cluster) -> dict[str, str]:
    """Empties the stack's state; the environment that lets a run take the cluster over."""
    state = json.loads(cluster.run("pulumi", "stack", "export", "--stack", "dev").stdout)
    owner = next(each for each in state["deployment"]["resources"] if each["type"].endswith(":Owner"))
    state["deployment"]["resources"] = []
    file = cluster.checkout.parent / "without-resources.json"
    file.write_text(json.dumps(state))
    done = cluster.run("pulumi", "stack", "import", "--stack", "dev", "--file", str(file), "--force")
    assert done.returncode == 0, done.stderr
    return {"PHOENIX_TAKE_OVER": owner["outputs"]["id"]}


def first_preview(cluster: Cluster, environment: dict[str, str]) -> dict[str, str]:
    """What is there already -> what would change in it, empty for nothing."""
    done = cluster.run("pulumi", "preview", "--stack", "dev", "--non-interactive", environment=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return dict(LINE.findall(done.stdout))


def in_guests(cluster: Cluster) -> str:
    """When what is in the guests began; the node's own name server starts anew with its file."""
    return starts(cluster).partition("Id=nginx.service")[2]


def others(cluster: Cluster, look: str) -> list[str]:
    """What a look at the node shows, but for the lines that a run is to mend."""
    return [line for line in cluster.node(look).splitlines() if not line.startswith(("onboot:", "cores:", "digest:"))]


def test_a_lost_state_is_told_and_adopted_and_what_is_foreign_stays(cluster: Cluster) -> None:
    environment = lose_state(cluster)
    cluster.settled = False
    as_it_is = first_preview(cluster, environment)
    assert len(as_it_is) > 70
    assert {name: change for name, change in as_it_is.items() if change} == {}

    for script in (*DECLARED, *FOREIGN, "rm /quickOS/certificates/traefik-client/cert.pem"):
        cluster.drift(script)
    for script in IN_THE_SWARM:
        cluster.machine(1001, script)
    foreign = {look: others(cluster, look) for look in FOREIGN.values()}
    in_the_swarm = {look: cluster.machine(1001, look) for look in IN_THE_SWARM.values()}
    began = in_guests(cluster)
    assert began.count("container ") == 5

    # what hangs on a certificate is known only once its authority is taken over
    told = {name: change for name, change in first_preview(cluster, environment).items() if change}
    assert told == dict(DECLARED.values())

    done = cluster.try_up(**environment)
    assert done.returncode == 0, said_of_failure(done)
    assert "mp7 (/srv/films at /films) is not in its configuration, and stays as it is" in done.stdout
    assert {look: others(cluster, look) for look in foreign} == foreign
    assert {look: cluster.machine(1001, look) for look in in_the_swarm} == in_the_swarm
    assert in_guests(cluster) == began
    cluster.assert_clean()
    for script in TAKEN_BACK:
        cluster.node(script)
    cluster.machine(1001, TAKEN_BACK_IN_THE_SWARM)
    cluster.assert_clean()
