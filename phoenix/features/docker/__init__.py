"""Docker on its unix socket; port 2376 with client certificates is stunnel's, so that a new one restarts no daemon."""

from typing import Literal

from phoenix.features.feature import Declared, Feature, Options
from phoenix.features.surroundings import Surroundings

TLS = "/etc/docker/tls"


class Docker(Declared):
    """Docker, reachable with a client certificate."""

    name: Literal["docker"]


class DockerOptions(Options):
    """`dns` servers for containers, `registry_mirror` for docker.io, `user` who may use the socket without sudo.

    An engine that is there already is used, and keeps what else its `daemon.json` says. Certificate, key and the root
    that clients' certificates must come from lie below /etc/docker/tls.
    """

    dns: tuple[str, ...] = ()
    registry_mirror: str = ""
    user: str = ""
    log_megabytes: int = 10
    port: int = 2376
    certificate: str = f"{TLS}/cert.pem"
    key: str = f"{TLS}/key.pem"
    ca: str = f"{TLS}/ca.pem"


def _resolve(_declared: Docker, around: Surroundings) -> DockerOptions:
    return DockerOptions(dns=(around.node,), registry_mirror=around.registry_mirror, user=around.login)


# the daemon's own unit would restart every container of its node
FEATURE = Feature(Docker, options=DockerOptions, resolve=_resolve, unit="docker-tls")
