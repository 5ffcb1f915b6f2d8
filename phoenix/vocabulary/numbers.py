"""Numbers and switches. They are strict: `"8"` and `8.0` are no integers, `yes` is no boolean."""

from typing import Annotated

from pydantic import Field

Bool = Annotated[bool, Field(strict=True)]
PositiveInt = Annotated[int, Field(strict=True, gt=0)]
NaturalInt = Annotated[int, Field(strict=True, ge=0)]
Port = Annotated[int, Field(strict=True, ge=1, le=65535)]

Vmid = Annotated[int, Field(strict=True, ge=100, le=999_999_999)]
"""Proxmox keeps everything under 100 for itself."""

MemoryMb = Annotated[int, Field(strict=True, ge=16)]
"""MiB; Proxmox takes no guest with less."""

ContainerId = Annotated[int, Field(strict=True, ge=0, lt=65536)]
"""A user's or group's ID inside a container, which has 65536 of each."""

SubnetSize = Annotated[int, Field(strict=True, ge=16, le=29)]
"""Prefix length of a network that the Swarm cuts from its pool."""

HELD_BYTES = 500 * 1024
"""A Docker secret or config has fewer bytes, and at least one: https://docs.docker.com/engine/swarm/secrets/"""
