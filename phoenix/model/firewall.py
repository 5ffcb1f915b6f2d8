"""Firewall rules in Proxmox' vocabulary."""

import re
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    StringConstraints,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from phoenix.model.base import Model
from phoenix.vocabulary import icmp
from phoenix.vocabulary.macros import MACROS
from phoenix.vocabulary.network import InterfaceName, RuleAddress, Subnet
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
    ICMPV6 = "icmpv6"
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


ICMP_TYPES = {Protocol.ICMP: icmp.ICMP, Protocol.ICMPV6: icmp.ICMPV6}
"""The protocols whose type a rule may name, and their types."""

WITH_PORTS = (Protocol.TCP, Protocol.UDP, Protocol.SCTP, Protocol.UDPLITE, Protocol.DCCP)
"""The protocols whose ports a rule may name."""


class LogLevel(StrEnum):
    """How loud Proxmox logs what a rule matches."""

    EMERG = "emerg"
    ALERT = "alert"
    CRIT = "crit"
    ERR = "err"
    WARNING = "warning"
    NOTICE = "notice"
    INFO = "info"
    DEBUG = "debug"
    NOLOG = "nolog"


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


def _macro(value: str) -> str:
    if value not in MACROS:
        raise ValueError(f"one of Proxmox's macros: {', '.join(MACROS)}")
    return value


def _of_others(value: str) -> str:
    if re.fullmatch(r"guest-\d+", value):
        raise ValueError("a security group of others; guest-NUMBER are those that are made of this configuration")
    return value


MacroName = Annotated[str, AfterValidator(_macro)]
SecurityGroup = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{1,17}$"), AfterValidator(_of_others)]
"""A security group's name, in lower case: Proxmox keeps it so, and looks it up as it is written."""


class FirewallRule(Model):
    """One rule; an absent field matches everything.

    `source` and `dest` are networks, one address being a /32 or /128, or names that Proxmox has: `office` of an alias,
    `+office` of an IP set.
    """

    direction: Direction
    """`in` to the owner of the rule, or `out` of it."""
    action: Action = Action.ACCEPT
    """What happens to what matches; the first rule that matches decides."""
    macro: MacroName | None = None
    """One of Proxmox's macros, such as `SSH`, instead of a protocol and ports."""
    proto: Protocol | None = None
    """None: every protocol."""
    source: RuleAddress | None = None
    """Network, alias or `+set` that it comes from."""
    dest: RuleAddress | None = None
    """Network, alias or `+set` that it goes to."""
    ports: tuple[Ports, ...] = ()
    """Destination ports, at most 15 numbers, of which a range has two; only with tcp, udp, sctp, udplite or dccp."""
    source_ports: tuple[Ports, ...] = ()
    """Source ports, as many and with the same protocols as `ports`."""
    icmp_type: str | None = None
    """A type such as `echo-request`, with `proto: icmp` or `icmpv6`."""
    log: LogLevel | None = None
    """How loud Proxmox logs what matches; without it not at all."""
    interface: InterfaceName | None = None
    """The node's interface that it passes, such as `vmbr0`; only a rule of the node has one."""
    comment: Annotated[str, StringConstraints(pattern=r"^[^\n#]*$", max_length=200)] = ""
    """Stands behind the rule in Proxmox."""

    @field_validator("ports", "source_ports")
    @classmethod
    def _as_many_ports_as_proxmox_takes(cls, value: tuple[PortRange, ...]) -> tuple[PortRange, ...]:
        if sum(1 if each.first == each.last else 2 for each in value) > MOST_PORTS:
            raise ValueError(f"at most {MOST_PORTS} numbers, of which a range has two: split it into two rules")
        return value

    @model_validator(mode="after")
    def _ports_need_a_protocol(self) -> Self:
        if self.macro and (self.proto or self.ports or self.source_ports or self.icmp_type):
            raise ValueError("a macro has a protocol and ports of its own: none stands beside it")
        if (self.ports or self.source_ports) and self.proto not in WITH_PORTS:
            raise ValueError(f"ports need proto {', '.join(WITH_PORTS[:-1])} or {WITH_PORTS[-1]}")
        return self

    @model_validator(mode="after")
    def _a_type_of_its_protocol(self) -> Self:
        if self.icmp_type is not None:
            types = ICMP_TYPES.get(self.proto) if self.proto else None
            if types is None:
                raise ValueError("icmp_type needs proto icmp or icmpv6")
            if self.icmp_type not in types:
                raise ValueError(f"{self.proto} has no type {self.icmp_type}; it has {', '.join(sorted(types))}")
        return self

    @model_validator(mode="after")
    def _one_version_of_ip(self) -> Self:
        versions = {each.version for each in (self.source, self.dest) if each is not None and not isinstance(each, str)}
        if self.proto in ICMP_TYPES:
            versions.add(4 if self.proto is Protocol.ICMP else 6)
        if len(versions) > 1:
            raise ValueError("a rule is of IPv4 or of IPv6: source, dest and icmp or icmpv6 agree in that")
        return self


class GuestFirewall(Model):
    """A guest's own rules; they take effect only when `enabled`."""

    enabled: Bool | None = None
    """Whether the guest is protected: then all that no rule accepts is dropped. None: no, and its network card's own
    switch stays as it is."""
    rules: tuple[FirewallRule, ...] = ()
    """In their order; those of the guest's stacks, and what the cluster itself needs, come after them."""
    groups: tuple[SecurityGroup, ...] = ()
    """Security groups that Proxmox has: their rules come after all of these."""


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
    groups: tuple[SecurityGroup, ...] = ()
    """Security groups that Proxmox has: their rules come after all of these."""
