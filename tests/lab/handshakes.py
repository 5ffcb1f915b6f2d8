"""What the cluster's servers really serve: a handshake with each, and a request so that it takes our certificate."""

import re
import shlex
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from tests.lab.certificate_damage import directory
from tests.lab.certificate_truth import NODE, Truth
from tests.lab.converged import DOMAIN, Cluster

LIMIT = 20


@dataclass(frozen=True)
class Door:
    """A server, the name that it is asked for, the certificate that it must show, and the one that it wants to see."""

    address: str
    port: int
    name: str
    shows: str
    wants: str = ""
    path: str = "/"

    @property
    def request(self) -> str:
        """What it is asked once the handshake is done."""
        return f"GET {self.path} HTTP/1.1\r\nHost: {self.name}\r\nConnection: close\r\n\r\n"


TRAEFIK = Door("10.0.0.12", 443, f"traefik.{DOMAIN}", "traefik", "nginx-gateway-client")
DOORS = (
    # answers only when Traefik took Nginx's own client certificate
    Door("10.0.0.153", 443, f"ollama.{DOMAIN}", "nginx"),
    Door("10.0.0.111", 9443, f"portainer.{DOMAIN}", "portainer", path="/api/system/status"),
    Door("10.0.0.111", 2376, f"portainer.{DOMAIN}", "docker-daemon", "traefik-client", "/_ping"),
    Door("10.0.0.102", 2376, f"drphoenix-agent.{DOMAIN}", "drphoenix-agent", "traefik-client", "/_ping"),
)
# Traefik's firewall lets the gateway in, and nobody else
FROM_GATEWAY = f"""
pct exec 101 -- timeout {LIMIT} openssl s_client -connect {TRAEFIK.address}:{TRAEFIK.port} -servername {TRAEFIK.name} \
  -verify_return_error -CAfile /etc/nginx/ssl/ca.pem -cert /etc/nginx/ssl/nginx-client.crt \
  -cert_chain /etc/nginx/ssl/nginx-client.crt -key /etc/nginx/ssl/nginx-client.key -ign_eof 2>&1 || true
"""
LEAF = re.compile(r"-----BEGIN CERTIFICATE-----\n.+?-----END CERTIFICATE-----\n", re.S)
STATUS = re.compile(r"HTTP/1\.1 (\d+)")


def handshake_problems(cluster: Cluster, truth: Truth) -> list[str]:
    """Servers that show another certificate than the node holds, or do not answer."""
    return [problem for door in (TRAEFIK, *DOORS) for problem in _problem(cluster, truth, door)]


def _problem(cluster: Cluster, truth: Truth, door: Door) -> Iterator[str]:
    where, held = f"{door.address}:{door.port}", truth.pairs[door.shows, NODE].leaf
    try:
        leaf, status = _ask_from_gateway(cluster) if door is TRAEFIK else _ask(cluster, door)
    except (OSError, ValueError) as error:
        yield f"{where}: {error}"
        return
    if leaf != held:
        yield f"{where}: serves {leaf[:12]}, the node holds {held[:12]}"
    if not 200 <= status < 500:
        yield f"{where}: answers {status}"


def _ask(cluster: Cluster, door: Door) -> tuple[str, int]:
    trust = ssl.create_default_context(cafile=cluster.lab.place.cluster_root)
    if door.wants:
        held = directory(cluster, door.wants)
        trust.load_cert_chain(held / "cert.pem", held / "key.pem")
    with (
        cluster.lab.network(),
        socket.create_connection((door.address, door.port), LIMIT) as plain,
        trust.wrap_socket(plain, server_hostname=door.name) as secure,
    ):
        leaf = secure.getpeercert(binary_form=True) or b""
        secure.sendall(door.request.encode())
        # a server that refuses our certificate says so only now
        said = STATUS.match(secure.recv(64).decode())
    return sha256(leaf).hexdigest(), int(said[1]) if said else 0


def _ask_from_gateway(cluster: Cluster) -> tuple[str, int]:
    said = cluster.node(f"printf %s {shlex.quote(TRAEFIK.request)} | {FROM_GATEWAY.strip()}")
    leaf, status = LEAF.search(said), STATUS.search(said)
    if not leaf or not status:
        raise ValueError(said[-400:])
    return sha256(ssl.PEM_cert_to_DER_cert(leaf[0])).hexdigest(), int(status[1])
