"""The Docker Swarm's own networks."""

from typing import Annotated

from pydantic import Field

from phoenix.model.base import Bool, Model, Slug, Subnet


class OverlayNetwork(Model):
    """An overlay network that every node of the Swarm can use."""

    name: Slug
    attachable: Bool = True
    encrypted: Bool = False


class Swarm(Model):
    """What `swarm init` is told. Docker's default pool begins with the reference cluster's own LAN."""

    address_pool: Subnet
    subnet_size: Annotated[int, Field(strict=True, ge=16, le=29)] = 24
    """Prefix length of each network that is cut from the pool."""
    networks: tuple[OverlayNetwork, ...] = ()
