"""The Docker Swarm's own networks."""

from phoenix.model.base import Model
from phoenix.vocabulary.names import Slug
from phoenix.vocabulary.network import Subnet
from phoenix.vocabulary.numbers import Bool, PositiveInt, SubnetSize


class OverlayNetwork(Model):
    """An overlay network that every member of the Swarm can use."""

    name: Slug
    """Its name in the Swarm."""
    attachable: Bool = True
    """Whether containers outside of the Swarm's services may join it."""
    encrypted: Bool = False
    """Whether traffic between members is encrypted."""


class Swarm(Model):
    """The Swarm itself, its networks, and how much of the past it keeps."""

    address_pool: Subnet
    """Docker's default begins with the reference cluster's own LAN."""
    subnet_size: SubnetSize = 24
    """Prefix length of each network that is cut from the pool."""
    networks: tuple[OverlayNetwork, ...] = ()
    """Overlay networks that stacks share."""
    old_versions: PositiveInt = 1
    """How many old versions of each secret and config stay: the one just replaced is in use until its service moves."""
