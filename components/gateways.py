"""Stage 6: Traefik's routes, confirmed by its API, then the gateway's Nginx, checked before it is reloaded."""

from collections.abc import Sequence

import pulumi

from components.stage import Stage
from phoenix.plan.gateways import GatewaysPlan
from phoenix.providers.files.file_set import FileSet


class Gateways(Stage):
    """The way in: Nginx ends TLS and leads to Traefik, which leads to the services."""

    def __init__(self, plan: GatewaysPlan, parent: pulumi.Resource, after: Sequence[pulumi.Resource]) -> None:
        super().__init__("gateways", parent, after)
        routes = FileSet("traefik-routes", plan.routes, self.options())
        FileSet("gateway", plan.gateway, self.options(routes))
        self.register_outputs({})
