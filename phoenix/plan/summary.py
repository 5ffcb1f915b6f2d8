"""What a person wants to know of a cluster that is up."""

from phoenix.model import Cluster
from phoenix.plan.routes import hosts


def urls(cluster: Cluster) -> dict[str, str]:
    """Name -> URL of everything that the gateway serves, ordered by name."""
    served = [cluster.node.fqdn("traefik"), *hosts(cluster)]
    suffix = f".{cluster.node.domain}"
    return {host.removesuffix(suffix): f"https://{host}" for host in sorted(served)}
