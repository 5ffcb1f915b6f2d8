"""Firewall rules in Proxmox' vocabulary."""

from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, StringConstraints, WithJsonSchema, model_validator

from phoenix.model.base import Bool, Model, Port, Subnet


class Direction(StrEnum):
    IN = "in"
    OUT = "out"


class Action(StrEnum):
    ACCEPT = "ACCEPT"
    DROP = "DROP"
    REJECT = "REJECT"


class Protocol(StrEnum):
    TCP = "tcp"
    UDP = "udp"
    ICMP = "icmp"


class PortRange(Model):
    """One port (`first` equals `last`) or a range; written `443` or `8000:8010`."""

    first: Port
    last: Port

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.first > self.last:
            raise ValueError(f"a port range runs upwards: {self.last}:{self.first}")
        return self

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}:{self.last}"

    def __contains__(self, port: int) -> bool:
        return self.first <= port <= self.last


def _port_range(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("a port is a number from 1 to 65535 or a range such as 8000:8010")
    if isinstance(value, int):
        return {"first": value, "last": value}
    if isinstance(value, str):
        first, colon, last = value.partition(":")
        if not (first.isdecimal() and (last.isdecimal() or not colon)):
            raise ValueError("a port is a number from 1 to 65535 or a range such as 8000:8010")
        return {"first": int(first), "last": int(last or first)}
    return value


PORT_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"type": "integer", "minimum": 1, "maximum": 65535},
        {"type": "string", "pattern": r"^\d{1,5}(:\d{1,5})?$"},
    ]
}
Ports = Annotated[PortRange, BeforeValidator(_port_range), WithJsonSchema(PORT_SCHEMA)]


class FirewallRule(Model):
    """One rule; an absent field matches everything. `source` and `dest` are networks, one address being a /32."""

    direction: Direction
    action: Action = Action.ACCEPT
    proto: Protocol | None = None
    source: Subnet | None = None
    dest: Subnet | None = None
    ports: tuple[Ports, ...] = ()
    """Destination ports; only with tcp or udp."""
    interface: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9._-]{0,14}$")] | None = None
    comment: Annotated[str, StringConstraints(pattern=r"^[^\n#]*$", max_length=200)] = ""

    @model_validator(mode="after")
    def _ports_need_a_protocol(self) -> Self:
        if self.ports and self.proto not in (Protocol.TCP, Protocol.UDP):
            raise ValueError("ports need proto tcp or udp")
        return self


class GuestFirewall(Model):
    """A guest's own rules; they take effect only when `enabled`."""

    enabled: Bool = False
    rules: tuple[FirewallRule, ...] = ()


class ClusterFirewall(Model):
    """The datacenter firewall. `operators` are the networks from which people and the runner must always get in."""

    enabled: Bool = True
    policy_in: Action = Action.DROP
    policy_out: Action = Action.ACCEPT
    operators: tuple[Subnet, ...]
    rules: tuple[FirewallRule, ...] = ()
