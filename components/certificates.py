"""Stage 3: every certificate of the manifest, issued or renewed on the node, the single source of truth."""

from collections.abc import Mapping, Sequence

import pulumi

from components.stage import Stage
from phoenix.plan.certificates import CertificatePlan
from phoenix.providers.pki.authority_roots import AuthorityRoots
from phoenix.providers.pki.certificate import Certificate


class Certificates(Stage):
    """`issued` holds each certificate by its name; all of them come from the root that issues."""

    def __init__(
        self,
        plan: Mapping[str, CertificatePlan],
        roots: AuthorityRoots,
        parent: pulumi.Resource,
        after: Sequence[pulumi.Resource],
    ) -> None:
        super().__init__("certificates", parent, after)
        self.issued = {
            name: Certificate(f"certificate-{name}", each.issued, self.options(), root=roots.issuing)
            for name, each in plan.items()
        }
        self.register_outputs({})
