"""The certificate authority's roots, and the node's trust in them."""

from phoenix.model import Cluster, LxcGuest
from phoenix.plan import features, targets
from phoenix.plan.placed import Places, placed
from phoenix.specs.pki import AuthorityRootsSpec, TrustedRootSpec


def roots(cluster: Cluster) -> AuthorityRootsSpec:
    """The roots in the CA's directory; raises ConfigurationError."""
    ca, guest = cluster.ca, cluster.ca_guest
    assert isinstance(guest, LxcGuest)
    places: Places = {
        "steppath": (guest, ("mounts", features.authority_mount(cluster)[0], "host_path")),
        "certificates": (cluster, ("node", "paths", "certificates")),
    }
    with placed(cluster, cluster, places={**places, "directory": (cluster, ("ca", "directory"))}):
        return AuthorityRootsSpec(
            authority=targets.container(cluster, guest),
            steppath=features.authority_directory(cluster),
            directory=ca.directory,
            port=ca.port,
            certificates=cluster.node.paths.certificates,
            root_name=ca.root_name,
            intermediate_name=ca.intermediate_name,
            roots=ca.roots,
        )


def trusted_by_the_node(cluster: Cluster) -> TrustedRootSpec:
    """The roots in the node's own store; which they are is known only when they are made."""
    index, _ = features.authority_mount(cluster)
    with placed(cluster, cluster.ca_guest, places={"source": (cluster.ca_guest, ("mounts", index, "host_path"))}):
        return TrustedRootSpec(
            target=targets.node(cluster), name="phoenix_internal_root_ca", source=features.root_path(cluster)
        )
