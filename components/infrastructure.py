"""Stage 1: stack files on the shared path, DNS and firewall on the node, the guests, trust in their authority."""

import pulumi

from components.stage import Stage
from phoenix.providers.program.owner import Owner
from phoenix.specs.program import OwnerSpec


class Infrastructure(Stage):
    """Everything that the Swarm needs to exist before it.

    It begins with the marker of the owner, which needs no other kind: components/node.py places the rest.
    `announced` tells the providers what will come.
    """

    def __init__(self, owner: OwnerSpec, announced: str, parent: pulumi.Resource) -> None:
        super().__init__("infrastructure", parent)
        self._after = (Owner("owner", owner, self.options(), announced=announced or None),)
