"""What stage 6 makes: Traefik's routes, confirmed by its API, then the gateway's Nginx, checked before a reload."""

from dataclasses import dataclass

from phoenix.model import Cluster
from phoenix.plan import forwards, nginx, targets, traefik
from phoenix.plan.placed import placed
from phoenix.specs.files import FileSetSpec, SetFile


@dataclass(frozen=True)
class GatewaysPlan:
    """Nginx ends TLS and leads to Traefik, which leads to the services."""

    routes: FileSetSpec
    gateway: FileSetSpec


def plan(cluster: Cluster) -> GatewaysPlan:
    """Raises ConfigurationError."""
    with placed(cluster, cluster):
        return GatewaysPlan(
            routes=FileSetSpec(
                target=targets.inside(cluster, cluster.traefik),
                name="traefik",
                files={traefik.DYNAMIC_PATH: SetFile(content=traefik.dynamic_config(cluster))},
                verify=traefik.confirmation(cluster),
            ),
            gateway=FileSetSpec(
                target=targets.inside(cluster, cluster.gateway_guest),
                name="nginx",
                files=_nginx_files(cluster),
                absent=(nginx.PLACEHOLDER_PATH,),
                check=("nginx", "-t"),
                reload=("systemctl", "reload", "nginx"),
            ),
        )


def _nginx_files(cluster: Cluster) -> dict[str, SetFile]:
    found = {
        nginx.GATEWAY_PATH: nginx.gateway_config(cluster),
        forwards.FORWARDS_PATH: forwards.forwards_config(cluster),
    }
    return {path: SetFile(content=content) for path, content in found.items() if content}
