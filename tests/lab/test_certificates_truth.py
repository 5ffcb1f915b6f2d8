"""The judge of the certificates finds each thing that can be wrong with them, and nothing where nothing is."""

from datetime import timedelta

import pytest

from phoenix.pki import keys
from phoenix.pki.kinds import KeyType
from tests.lab import killed_run
from tests.lab.certificate_damage import issue, put
from tests.lab.certificate_truth import MANAGER, look
from tests.lab.converged import DOMAIN, Cluster
from tests.lab.handshakes import handshake_problems

pytestmark = pytest.mark.lab

ON_NODE = """
mkdir /quickOS/certificates/traefik/versions/dead.abcdef
pct exec 102 -- rm /etc/traefik/certs/traefik.internal.thinkheads.ai.key
pct exec 102 -- touch -h /etc/traefik/certs/.traefik-client/current
sleep 2
pct exec 101 -- touch -h /etc/nginx/ssl/.nginx-gateway-client/current
pct exec 101 -- touch /etc/nginx/ssl/ca.pem.abcdef
"""
ON_MANAGER = """
docker secret ls --format '{{.Name}}' | grep ^portainer_tls_ca- | xargs docker secret rm
for one in aaaaaaaaaaaa bbbbbbbbbbbb; do
  echo planted | docker secret create --label phoenix.base=portainer_tls_key portainer_tls_key-$one -
done
echo planted | docker secret create stray -
docker service create --detach --replicas 0 --name stray --secret portainer_tls_key-bbbbbbbbbbbb portainer/agent:2.23.0
"""
ON_WORKER = "systemctl stop docker-tls; : > /etc/docker/tls/.drphoenix-agent/pending"
FOUND = (
    "pair nginx in 0: apart",
    "pair nginx in 101: not the node's",
    "pair traefik in 102: missing",
    "pair docker-daemon in 1001: not the node's",
    "10.0.0.111:2376: serves ",
    "10.0.0.102:2376: [Errno",
    "secret portainer_tls_key: too many old ones, ",
    "secret portainer_tls_ca-",
    "secret stray: nobody's",
    "service stray: still uses portainer_tls_key-bbbbbbbbbbbb",
    "/etc/nginx/ssl/.nginx-gateway-client/current: switched after the start of nginx's worker ",
    "/etc/traefik/certs/.traefik-client/current: switched after /etc/traefik/dynamic/",
    "/quickOS/certificates/traefik/versions/dead.abcdef: left (0)",
    "/etc/docker/tls/.drphoenix-agent/pending: left (1002)",
    "/etc/nginx/ssl/ca.pem.abcdef: left (101)",
)


def plant(cluster: Cluster) -> None:
    """Something of each kind."""
    put(cluster, "nginx", key=keys.private_pem(keys.generate(KeyType.P256)))
    names = [f"portainer.{DOMAIN}", "10.0.0.111"]
    put(cluster, "docker-daemon", *issue(cluster, f"portainer.{DOMAIN}", names, left=timedelta(hours=24)))
    cluster.node(ON_NODE)
    cluster.machine(MANAGER, ON_MANAGER)
    cluster.machine(1002, ON_WORKER)


def problems(cluster: Cluster) -> list[str]:
    """Of the files, the secrets and the servers."""
    truth = look(cluster)
    return [*truth.problems(), *handshake_problems(cluster, truth)]


def test_whatever_is_wrong_is_found(cluster: Cluster) -> None:
    assert problems(cluster) == []
    plant(cluster)
    found = problems(cluster)
    assert [one for one in FOUND if not any(one in problem for problem in found)] == [], found
    # the program does not know of these
    cluster.machine(MANAGER, "docker service rm stray; docker secret rm stray")
    cluster.node("pct exec 101 -- rm /etc/nginx/ssl/ca.pem.abcdef")
    killed_run.renewal(cluster, killed_run.never)
    assert problems(cluster) == []
    cluster.assert_clean()
    cluster.settled = True
