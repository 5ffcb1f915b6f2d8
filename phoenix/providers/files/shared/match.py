"""What a line of a firewall file matches, as far as it can be told: in doubt two rules meet."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network, summarize_address_range

from phoenix.vocabulary.macros import MACROS

Networks = tuple[IPv4Network | IPv6Network, ...] | None
"""Those that an address list, an alias or a set stands for; None for any."""
_OPTION = re.compile(r"--?(?P<key>i|p|proto|dport|sport|source|dest|log|icmp-type) (?P<value>\S+)\s*")
_MACRO = re.compile(r"(?P<macro>\S+)\((?P<action>\S+)\)")
_MACROS = {name.lower(): meaning for name, meaning in MACROS.items()}
_ICMP = ("icmp", "icmpv6", "ipv6-icmp")


@dataclass(frozen=True)
class Match:
    """A rule that is switched on; `services` are pairs of a protocol and its ports, each empty for any."""

    direction: str
    action: str
    source: str
    dest: str
    services: tuple[tuple[str, str], ...]

    @property
    def drops(self) -> bool:
        return self.action in ("DROP", "REJECT")


def match(rule: str) -> Match | None:
    """What the line matches; None for one that is switched off, brings in a group, or is no rule at all."""
    text = rule.partition("#")[0].strip()
    direction, _, rest = text.partition(" ")
    action, _, rest = rest.strip().partition(" ")
    if direction.upper() not in ("IN", "OUT"):
        return None
    given = {each["key"]: each["value"] for each in _OPTION.finditer(rest)}
    one = given.get("p") or given.get("proto") or "", given.get("dport") or given.get("icmp-type") or ""
    services: tuple[tuple[str, str], ...] = (one,)
    if macro := _MACRO.fullmatch(action):
        action = macro["action"]
        words = (each.partition("/") for each in _MACROS.get(macro["macro"].lower(), "").split())
        services = tuple((protocol, ports) for protocol, _, ports in words) or (("", ""),)
    return Match(direction.lower(), action, given.get("source", ""), given.get("dest", ""), services)


def meet(one: Match, other: Match, names: Mapping[str, Networks]) -> bool:
    """Whether there may be a packet that both match; `names` are what aliases and `+sets` stand for."""
    return (
        one.direction == other.direction
        and any(_same_service(a, b) for a in one.services for b in other.services)
        and _overlap(networks(one.source, names), networks(other.source, names))
        and _overlap(networks(one.dest, names), networks(other.dest, names))
    )


def networks(text: str, names: Mapping[str, Networks]) -> Networks:
    """What an address list, a range or a name stands for; a name that is not known may be anything."""
    if not text:
        return None
    name = re.sub(r"^(\+?)(?:dc|guest)/", r"\1", text)
    if name[0] == "+" or name.lower() in names:
        return names.get(name.lower())
    try:
        if "-" in text:
            first, last = map(ip_address, text.split("-"))
            return tuple(summarize_address_range(first, last))
        return tuple(ip_network(each, strict=False) for each in text.split(","))
    except (TypeError, ValueError):
        return None


def _overlap(one: Networks, other: Networks) -> bool:
    if one is None or other is None:
        return True
    return any(a.version == b.version and a.overlaps(b) for a in one for b in other)


def _same_service(one: tuple[str, str], other: tuple[str, str]) -> bool:
    if one[0] and other[0] and one[0] != other[0]:
        return False
    if not one[1] or not other[1]:
        return True
    if one[0] in _ICMP:
        return bool(set(one[1].split(",")) & {*other[1].split(","), "any"}) or one[1] == "any"
    return any(_ports_meet(a, b) for a in one[1].split(",") for b in other[1].split(","))


def _ports_meet(one: str, other: str) -> bool:
    ranges = [each.partition(":")[::2] for each in (one, other)]
    if not all(first.isdecimal() and (last or first).isdecimal() for first, last in ranges):
        # a service by its name, of /etc/services on the node
        return True
    (a, b), (c, d) = ((int(first), int(last or first)) for first, last in ranges)
    return a <= d and c <= b
