"""Stage 3: every certificate of the manifest, issued or renewed on the node, the single source of truth."""

from collections.abc import Sequence

import pulumi

from components.stage import Stage
from phoenix.model import Cluster
from phoenix.plan import certificates
from phoenix.providers.authority_roots import AuthorityRoots
from phoenix.providers.certificate import Certificate


class Certificates(Stage):
    """`issued` holds each certificate by its name; all of them come from the root that issues."""

    def __init__(
        self, cluster: Cluster, roots: AuthorityRoots, parent: pulumi.Resource, after: Sequence[pulumi.Resource]
    ) -> None:
        super().__init__("certificates", parent, after)
        self.issued = {
            each.name: Certificate(
                f"certificate-{each.name}",
                {**certificates.properties(cluster, each), "root": roots.issuing},
                self.options(),
            )
            for each in cluster.certificates
        }
        self.register_outputs({})
