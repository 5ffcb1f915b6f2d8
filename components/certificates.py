"""Stage 3: every certificate of the manifest, issued or renewed on the node, the single source of truth."""

from collections.abc import Sequence

import pulumi

from components.stage import Stage
from phoenix.model import Cluster
from phoenix.plan import certificates
from phoenix.providers.certificate import Certificate


class Certificates(Stage):
    """`issued` holds each certificate by its name."""

    def __init__(self, cluster: Cluster, parent: pulumi.Resource, after: Sequence[pulumi.Resource]) -> None:
        super().__init__("certificates", parent, after)
        self.issued = {
            each.name: Certificate(
                f"certificate-{each.name}",
                certificates.properties(cluster, each),
                self.options(),
            )
            for each in cluster.certificates
        }
        self.register_outputs({})
