"""One connection against firewall rules: which of them decides over it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Network, IPv6Network

from phoenix.model import Action, Direction, FirewallRule, PortRange, Protocol
from phoenix.vocabulary.macros import MACROS


@dataclass(frozen=True)
class Connection:
    """Traffic that must pass: from `source` to `dest` (one address) at `port`; `purpose` says why.

    A protocol without ports has none.
    """

    source: IPv4Network
    dest: IPv4Network
    proto: Protocol
    port: int | None
    purpose: str

    def __str__(self) -> str:
        port = "" if self.port is None else f"/{self.port}"
        return f"{self.source} -> {self.dest} {self.proto}{port}"

    def rule(self, direction: Direction) -> FirewallRule:
        """The rule that lets it pass, at its destination (in) or its source (out)."""
        return FirewallRule(
            direction=direction,
            proto=self.proto,
            source=self.source if direction is Direction.IN else None,
            dest=self.dest,
            ports=() if self.port is None else (PortRange(first=self.port, last=self.port),),
            comment=f"phoenix: {self.purpose}",
        )


def verdict(
    rules: Iterable[FirewallRule], direction: Direction, policy: Action, connection: Connection
) -> FirewallRule | Action | None:
    """What decides over the connection: the first rule that touches it, or ACCEPT by policy, or None (dropped)."""
    for rule in rules:
        if rule.direction is direction and _touches(rule, connection):
            whole = rule.interface is None and not rule.source_ports and _holds(rule.source, connection.source)
            if rule.action is not Action.ACCEPT or whole:
                return rule
    return Action.ACCEPT if policy is Action.ACCEPT else None


def _touches(rule: FirewallRule, connection: Connection) -> bool:
    if rule.macro is not None:
        return _meets(rule, connection) and any(
            protocol == connection.proto and _at(connection.port, ports) for protocol, ports in services(rule.macro)
        )
    return rule.proto in (None, connection.proto) and _at(connection.port, rule.ports) and _meets(rule, connection)


def _at(port: int | None, ports: Sequence[PortRange]) -> bool:
    return not ports or (port is not None and any(port in each for each in ports))


def _meets(rule: FirewallRule, connection: Connection) -> bool:
    # what a name of Proxmox stands for is known in the preview only, which looks at those that drop
    return all(
        mine is None or (isinstance(mine, IPv4Network) and mine.overlaps(its))
        for mine, its in ((rule.source, connection.source), (rule.dest, connection.dest))
    )


def _holds(mine: IPv4Network | IPv6Network | str | None, its: IPv4Network) -> bool:
    return mine is None or (isinstance(mine, IPv4Network) and its.subnet_of(mine))


@cache
def services(macro: str) -> tuple[tuple[str, tuple[PortRange, ...]], ...]:
    """The protocols of a macro, each with its ports, none for all; ICMP has none."""
    found = []
    for word in MACROS[macro].split():
        protocol, _, ports = word.partition("/")
        ranges = [each.partition(":") for each in ports.split(",") if each[:1].isdecimal()]
        found.append((protocol, tuple(PortRange(first=int(a), last=int(b or a)) for a, _, b in ranges)))
    return tuple(found)
