"""Proxmox firewall files read back, strictly: only what the product writes is understood."""

import re
from dataclasses import dataclass, field

_RULE = re.compile(
    r"(?P<type>IN|OUT) (?:(?P<action>ACCEPT|DROP|REJECT)|(?P<macro>\w+)\((?P<its_action>ACCEPT|DROP|REJECT)\))"
    r"(?: -i (?P<iface>\S+))?(?: -source (?P<source>\S+))?(?: -dest (?P<dest>\S+))?"
    r"(?: -p (?P<proto>\S+))?(?: -dport (?P<dport>\S+))?(?: -sport (?P<sport>\S+))?"
    r"(?: -log (?P<log>\S+))?(?: -icmp-type (?P<icmp_type>\S+))?(?: # (?P<comment>[^#]+))?"
)
_GROUP_RULE = re.compile(r"GROUP (?P<action>[A-Za-z][\w-]{1,17})(?: # phoenix)?")
_GROUP = re.compile(r"\[group ([A-Za-z][\w-]{1,17})\](?: # .+)?")


@dataclass
class File:
    """Options, rules (as parameters of Proxmox's API), and the groups' rules by their name."""

    options: dict[str, str] = field(default_factory=dict)
    rules: list[dict[str, str]] = field(default_factory=list)
    groups: dict[str, list[dict[str, str]]] = field(default_factory=dict)


def rule(line: str) -> dict[str, str]:
    """The parameters of one line; raises ValueError for any other form."""
    if found := _GROUP_RULE.fullmatch(line):
        return {"type": "group", "action": found["action"], "enable": "1"}
    if found := _RULE.fullmatch(line):
        given = {key: value for key, value in found.groupdict().items() if value is not None}
        for key, name in (("action", "its_action"), ("icmp-type", "icmp_type")):
            if name in given:
                given[key] = given.pop(name)
        return {**given, "type": given["type"].lower(), "enable": "1"}
    raise ValueError(f"not a rule: {line}")


def read(text: str) -> File:
    """The whole file; raises ValueError for a line that belongs nowhere."""
    file = File()
    rules: list[dict[str, str]] | None = None
    for line in filter(None, text.splitlines()):
        if line == "[OPTIONS]":
            rules = None
        elif line == "[RULES]":
            rules = file.rules
        elif group := _GROUP.fullmatch(line):
            rules = file.groups.setdefault(group[1], [])
        elif rules is None:
            key, _, value = line.partition(": ")
            file.options[key] = value
        else:
            rules.append(rule(line))
    return file
