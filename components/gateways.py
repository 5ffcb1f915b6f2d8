"""Stage 6: Traefik's routes, confirmed by its API, then the gateway's Nginx, checked before it is reloaded."""

from collections.abc import Sequence

import pulumi

from components.stage import Stage
from phoenix.model import Cluster
from phoenix.plan import guests, nginx, traefik
from phoenix.providers.file_set import FileSet


class Gateways(Stage):
    """The way in: Nginx ends TLS and leads to Traefik, which leads to the services."""

    def __init__(self, cluster: Cluster, parent: pulumi.Resource, after: Sequence[pulumi.Resource]) -> None:
        super().__init__("gateways", parent, after)
        routes = FileSet(
            "traefik-routes",
            {
                "target": guests.target(cluster, cluster.traefik),
                "name": "traefik",
                "files": {traefik.DYNAMIC_PATH: {"content": traefik.dynamic_config(cluster)}},
                "verify": traefik.confirmation(cluster),
            },
            self.options(),
        )
        FileSet(
            "gateway",
            {
                "target": guests.target(cluster, cluster.gateway),
                "name": "nginx",
                "files": {nginx.GATEWAY_PATH: {"content": nginx.gateway_config(cluster)}},
                "absent": [nginx.PLACEHOLDER_PATH],
                "check": ["nginx", "-t"],
                "reload": ["systemctl", "reload", "nginx"],
            },
            self.options(routes),
        )
        self.register_outputs({})
