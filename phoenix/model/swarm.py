"""The Docker Swarm's own networks."""

from typing import Annotated

from pydantic import Field

from phoenix.model.base import Bool, Model, PositiveInt, Slug, Subnet


class OverlayNetwork(Model):
    """An overlay network that every node of the Swarm can use."""

    name: Slug
    attachable: Bool = True
    encrypted: Bool = False


class Swarm(Model):
    """The Swarm itself, its networks, and how much of the past it keeps."""

    address_pool: Subnet
    """Docker's default begins with the reference cluster's own LAN."""
    subnet_size: Annotated[int, Field(strict=True, ge=16, le=29)] = 24
    """Prefix length of each network that is cut from the pool."""
    networks: tuple[OverlayNetwork, ...] = ()
    old_versions: PositiveInt = 1
    """How many old versions of each secret and config stay: the one just replaced is in use until its service moves."""
