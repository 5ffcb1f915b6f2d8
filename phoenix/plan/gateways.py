"""What stage 6 makes: Traefik's routes, confirmed by its API, then the gateway's Nginx, checked before a reload."""

from dataclasses import dataclass

from phoenix.model import Cluster
from phoenix.plan import nginx, targets, traefik
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
                target=targets.inside(cluster, cluster.gateway),
                name="nginx",
                files={nginx.GATEWAY_PATH: SetFile(content=nginx.gateway_config(cluster))},
                absent=(nginx.PLACEHOLDER_PATH,),
                check=("nginx", "-t"),
                reload=("systemctl", "reload", "nginx"),
            ),
        )
