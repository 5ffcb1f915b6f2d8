"""What somebody changed or stopped by hand is named by the preview and put right by the next run."""

import json
import os
import time
from collections.abc import Callable

import pytest

from tests.lab.converged import DOMAIN, Cluster

pytestmark = pytest.mark.lab

DNS = "/etc/dnsmasq.d/00-phoenix-internal.conf"
FIREWALL = "/etc/pve/firewall/101.fw"
GATEWAY_FILES = "/etc/nginx/conf.d"
QDRANT = "qdrant_service-development_qdrant"
APPLICATION = "thinkheads_ai_app-development"


def test_a_stopped_manager_is_started_and_everything_answers(cluster: Cluster) -> None:
    cluster.drift("qm stop 1001")
    preview = cluster.preview()
    assert preview.code == 0, preview.text
    assert preview.changes["1001-portainer"] == "update"
    # what the machine holds cannot be seen, and is not taken for gone
    assert set(preview.changes.values()) == {"update"}, preview.changes
    assert "guest 1001: cannot be read on 10.0.0.13" in preview.text
    assert "VM 1001 not running" in preview.text
    cluster.up()
    assert "running" in cluster.node("qm status 1001")
    assert set(
        cluster.codes(*(f"https://{name}.{DOMAIN}/" for name in ("portainer", "qdrant", "ollama"))).values()
    ) == {"200"}
    cluster.assert_clean()


@pytest.mark.skipif(not os.environ.get("PHOENIX_PORTAINER_DIR"), reason="the lab's own agent asks the Swarm each time")
def test_agents_that_lost_each_other_in_a_boot_of_the_manager_are_brought_together(cluster: Cluster) -> None:
    for _ in range(5):
        # its agent starts before the manager leads: it stays alone, or takes itself for a worker's
        cluster.drift("qm guest exec 1001 -- systemctl restart docker")
        time.sleep(15)
        if "endpoint-drphoenix" in (seen := cluster.preview()).changes:
            break
    assert "endpoint-drphoenix" in seen.changes, seen.text
    cluster.up()
    cluster.assert_clean()


def _same(cluster: Cluster, path: str) -> Callable[[], None]:
    content = cluster.node(f"cat {path}")

    def check() -> None:
        assert cluster.node(f"cat {path}") == content

    return check


def test_drift_on_the_node_in_guests_and_in_the_swarm(cluster: Cluster) -> None:
    checks = [_same(cluster, DNS), _same(cluster, f"/proc/1/root{FIREWALL}")]
    cluster.drift(f"echo address=/evil.{DOMAIN}/10.0.0.66 >> {DNS}; systemctl restart dnsmasq")
    cluster.drift(f"sed -i 's/^enable: 1/enable: 0/' {FIREWALL}")
    cluster.drift("pct set 801 --memory 1024")
    cluster.drift("rm /quickOS/certificates/traefik-client/cert.pem")
    cluster.drift(f"pct exec 101 -- sh -c 'ls {GATEWAY_FILES}; rm {GATEWAY_FILES}/*'")
    cluster.machine(1001, f"docker service scale --detach {QDRANT}=0")
    file = portainer_file(cluster)
    put_portainer_file(cluster, file.replace("image: thinkheads_ai_app:latest", "image: qdrant/qdrant:latest"))
    updated = (
        "dns",
        "firewall",
        "801-granite-embedding",
        "certificate-traefik-client",
        "copy-traefik-client-102",
        "stack-qdrant_service",
        "stack-thinkheads_ai_app",
    )
    # of the gateway's configuration nothing is left
    assert cluster.preview().changes == dict.fromkeys(updated, "update") | {"gateway": "create"}
    cluster.up()
    for check in checks:
        check()
    assert cluster.run("getent", "hosts", f"evil.{DOMAIN}").returncode == 2
    assert "memory: 72000" in cluster.node("pct config 801")
    cluster.node("openssl x509 -noout -in /quickOS/certificates/traefik-client/cert.pem")
    assert "1/1" in cluster.machine(1001, f"docker service ls --filter name={QDRANT}")
    assert portainer_file(cluster) == file
    cluster.assert_clean()


def test_what_was_removed_is_made_again(cluster: Cluster) -> None:
    cluster.drift("rm -r /quickOS/certificates/traefik-client /quickOS/portainer_stacks/qdrant_service")
    cluster.drift("pct exec 102 -- rm /etc/traefik/certs/traefik.internal.thinkheads.ai.crt")
    cluster.machine(1001, f"docker service rm {QDRANT}; docker node update --label-rm gpu drphoenix")
    preview = cluster.preview()
    expected = {
        "certificate-traefik-client": "update",
        "copy-traefik-client-102": "update",
        "stack-files-qdrant_service": "create",
        "copy-traefik-102": "update",
        "stack-qdrant_service": "update",
        "node-labels-1002": "update",
    }
    assert preview.changes == expected
    cluster.up()
    assert cluster.codes(f"https://qdrant.{DOMAIN}/") == {f"https://qdrant.{DOMAIN}/": "200"}
    cluster.assert_clean()


def portainer_file(cluster: Cluster) -> str:
    """The compose file that Portainer holds for the application."""
    with cluster.portainer() as (session, url):
        stack = next(each for each in session.get(f"{url}/stacks", timeout=30).json() if each["Name"] == APPLICATION)
        return str(session.get(f"{url}/stacks/{stack['Id']}/file", timeout=30).json()["StackFileContent"])


def put_portainer_file(cluster: Cluster, content: str) -> None:
    """Change that file as Portainer's UI does."""
    cluster.settled = False
    with cluster.portainer() as (session, url):
        stack = next(each for each in session.get(f"{url}/stacks", timeout=30).json() if each["Name"] == APPLICATION)
        body = {"stackFileContent": content, "env": stack["Env"], "prune": False}
        where = f"{url}/stacks/{stack['Id']}?endpointId={stack['EndpointId']}"
        answer = session.put(where, data=json.dumps(body), timeout=60)
        assert answer.status_code == 200, answer.text
