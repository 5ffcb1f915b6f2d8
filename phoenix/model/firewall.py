"""Firewall rules in Proxmox' vocabulary."""

from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, StringConstraints, WithJsonSchema, field_validator, model_validator

from phoenix.model.base import Model
from phoenix.vocabulary.network import InterfaceName, Subnet
from phoenix.vocabulary.numbers import Bool, Port

MOST_PORTS = 15
"""Numbers in a rule, of which a range has two; Proxmox drops one with more (PVE::Firewall, the format of dport)."""


class Direction(StrEnum):
    IN = "in"
    OUT = "out"


class Action(StrEnum):
    ACCEPT = "ACCEPT"
    DROP = "DROP"
    REJECT = "REJECT"


class Protocol(StrEnum):
    """IP protocols by their names in /etc/protocols, which are those that Proxmox takes."""

    TCP = "tcp"
    UDP = "udp"
    ICMP = "icmp"
    ESP = "esp"
    AH = "ah"
    GRE = "gre"
    SCTP = "sctp"
    UDPLITE = "udplite"
    DCCP = "dccp"
    IGMP = "igmp"
    IPIP = "ipip"
    L2TP = "l2tp"
    OSPF = "ospf"
    PIM = "pim"
    VRRP = "vrrp"


WITH_PORTS = (Protocol.TCP, Protocol.UDP, Protocol.SCTP, Protocol.UDPLITE, Protocol.DCCP)
"""The protocols whose ports a rule may name."""


class PortRange(Model):
    """One port (`first` equals `last`) or a range; written `443` or `8000:8010`."""

    first: Port
    """The lowest port."""
    last: Port
    """The highest port, the same as `first` for one alone."""

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
    """`in` to the owner of the rule, or `out` of it."""
    action: Action = Action.ACCEPT
    """What happens to what matches; the first rule that matches decides."""
    proto: Protocol | None = None
    """None: every protocol."""
    source: Subnet | None = None
    """Network that it comes from."""
    dest: Subnet | None = None
    """Network that it goes to."""
    ports: tuple[Ports, ...] = ()
    """Destination ports, at most 15 numbers, of which a range has two; only with tcp, udp, sctp, udplite or dccp."""
    interface: InterfaceName | None = None
    """The node's interface that it passes, such as `vmbr0`; only a rule of the node has one."""
    comment: Annotated[str, StringConstraints(pattern=r"^[^\n#]*$", max_length=200)] = ""
    """Stands behind the rule in Proxmox."""

    @field_validator("ports")
    @classmethod
    def _as_many_ports_as_proxmox_takes(cls, value: tuple[PortRange, ...]) -> tuple[PortRange, ...]:
        if sum(1 if each.first == each.last else 2 for each in value) > MOST_PORTS:
            raise ValueError(f"at most {MOST_PORTS} numbers, of which a range has two: split it into two rules")
        return value

    @model_validator(mode="after")
    def _ports_need_a_protocol(self) -> Self:
        if self.ports and self.proto not in WITH_PORTS:
            raise ValueError(f"ports need proto {', '.join(WITH_PORTS[:-1])} or {WITH_PORTS[-1]}")
        return self


class GuestFirewall(Model):
    """A guest's own rules; they take effect only when `enabled`."""

    enabled: Bool | None = None
    """Whether the guest is protected: then all that no rule accepts is dropped. None: no, and its network card's own
    switch stays as it is."""
    rules: tuple[FirewallRule, ...] = ()
    """In their order; those of the guest's stacks, and what the cluster itself needs, come after them."""


class ClusterFirewall(Model):
    """The datacenter firewall. `operators` are the networks from which people and the runner must always get in."""

    enabled: Bool = True
    """Whether Proxmox applies any rule at all, guests' rules included."""
    policy_in: Action = Action.DROP
    """What happens to the node's incoming traffic that no rule matches."""
    policy_out: Action = Action.ACCEPT
    """What happens to the node's outgoing traffic that no rule matches."""
    operators: tuple[Subnet, ...]
    """Networks from which people and this program must always get in."""
    rules: tuple[FirewallRule, ...] = ()
    """The node's rules, in their order; what the cluster itself needs comes after them."""
