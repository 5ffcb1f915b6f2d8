"""Guests: containers and virtual machines, and what each brings to the cluster."""

from typing import Annotated, TypeAlias

from pydantic import Field

from phoenix.model.guest.base import BaseGuest, Boot, Network, Scheme, Source, TraefikService
from phoenix.model.guest.lxc import IdKind, IdMap, LxcGuest, Mount, Volume
from phoenix.model.guest.vm import CloudInit, NfsVolume, VmGuest

Guest: TypeAlias = Annotated[LxcGuest | VmGuest, Field(discriminator="type")]

__all__ = [
    "BaseGuest",
    "Boot",
    "CloudInit",
    "Guest",
    "IdKind",
    "IdMap",
    "LxcGuest",
    "Mount",
    "Network",
    "NfsVolume",
    "Scheme",
    "Source",
    "TraefikService",
    "VmGuest",
    "Volume",
]
