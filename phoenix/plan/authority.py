"""The certificate authority's roots, in the words of their provider."""

from typing import Any

from phoenix.model import Cluster
from phoenix.plan import features, guests


def roots(cluster: Cluster) -> dict[str, Any]:
    """Properties of the `AuthorityRoots` resource."""
    ca = cluster.ca
    return {
        "authority": guests.target(cluster, cluster.ca_guest),
        "steppath": features.authority_directory(cluster),
        "directory": ca.directory,
        "port": ca.port,
        "certificates": str(cluster.node.paths.certificates),
        "root_name": ca.root_name,
        "intermediate_name": ca.intermediate_name,
        "roots": list(ca.roots),
    }
