"""Proxmox's firewall files, read as pve-firewall reads them, each rule checked as its API checks it."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fakepve import PveError
from fakepve.firewall import MACROS, empty_conf, verify_rule

FOLDER = Path("/etc/pve/firewall")
HOST = Path("/etc/pve/local/host.fw")
LOG_LEVELS = "emerg|alert|crit|err|warning|notice|info|debug|nolog"
POLICY = re.compile(r"^policy_(in|out|forward):\s*(ACCEPT|DROP|REJECT)\s*$", re.IGNORECASE)
SWITCH = re.compile(
    r"^(enable|ebtables|dhcp|ndp|nosmurfs|tcpflags|radv|macfilter|ipfilter|ips|nftables):\s*(\d+)\s*$", re.IGNORECASE
)
LOGGING = re.compile(r"^(log_level_in|log_level_out|log_level_forward|log_ratelimit):\s*\S*\s*$", re.IGNORECASE)
SECTION = re.compile(r"^\[(\S+)(?:\s+(\S+))?\]\s*(?:#.*)?$")
NAME = re.compile(r"^[A-Za-z][A-Za-z0-9\-_]+$")
GROUP_NAME_LIMIT = 18
# How each option of a rule line is written; the last one is checked separately.
OPTIONS = {
    "iface": r"-i", "proto": r"(?:-p|--?proto)", "dport": r"--?dport", "sport": r"--?sport",
    "source": r"--?source", "dest": r"--?dest", "log": r"--?log", "icmp-type": r"--?icmp-type",
}  # fmt: skip
FILE = {
    "cluster": ("options", "rules", "aliases", "ipset", "group"),
    "guest": ("options", "rules", "aliases", "ipset"),
    "host": ("options", "rules"),
}


@dataclass
class Firewall:
    """One file's content. ``conf`` has the shape of fakepve's configuration: options, rules, aliases, ipset, groups.

    ``dropped`` are the lines that do not count, with the reason; the others do all the same.
    """

    conf: dict[str, Any] = field(default_factory=empty_conf)
    dropped: list[str] = field(default_factory=list)

    def on(self) -> bool:
        """True with ``enable: 1``."""
        return int(self.conf["options"].get("enable", 0)) > 0

    def policy(self, direction: str) -> str:
        """What happens to a packet that no rule matches."""
        default = "DROP" if direction == "in" else "ACCEPT"
        return str(self.conf["options"].get(f"policy_{direction}", default))


def read(path: Path, cluster: Firewall | None = None, env: str = "cluster") -> Firewall:
    """Read ``cluster.fw``, or with ``cluster`` a guest's file (``env`` is ``ct`` or ``vm``) or the node's own
    (``host``); missing is empty.
    """
    firewall = Firewall()
    text = path.read_text() if path.exists() else ""
    kind = "cluster" if cluster is None else "host" if env == "host" else "guest"
    _parse(firewall, text, path.name, kind, cluster or firewall, env)
    return firewall


def _parse(firewall: Firewall, text: str, file: str, kind: str, cluster: Firewall, env: str) -> None:
    section, name = "", ""
    places: list[str] = []
    for number, raw in enumerate(text.splitlines(), 1):
        line, where = raw.strip(), f"{file} (line {number})"
        if not line or line.startswith("#"):
            continue
        try:
            if line.startswith("["):
                section, name = _section(firewall, line, kind)
            elif section == "options":
                key, value = _option(line)
                firewall.conf["options"][key] = value
            elif section == "aliases":
                alias, cidr = line.partition("#")[0].split()
                version = 6 if ":" in cidr else 4
                firewall.conf["aliases"][alias.lower()] = {"name": alias, "cidr": cidr, "ipversion": version}
            elif section == "ipset":
                firewall.conf["ipset"][name].append(line.partition("#")[0].strip())
            elif section == "rules":
                firewall.conf["rules"].append(_checked(line, cluster, firewall, env))
                places.append(where)
            elif section == "group":
                firewall.conf["groups"][name].append(_checked(line, cluster, firewall, "group"))
            else:
                raise ValueError(f"skip line - no section: {line}")
        except ValueError as e:
            firewall.dropped.append(f"{where} - {e}")
    _drop_unknown_groups(firewall, cluster, places)


def _drop_unknown_groups(firewall: Firewall, cluster: Firewall, places: list[str]) -> None:
    """Groups may stand below the rules that refer to them; aliases and sets are known from their line on."""
    known, rules = cluster.conf["groups"], firewall.conf["rules"]
    for where, rule in zip(places, list(rules), strict=True):
        if rule["type"] == "group" and rule["action"] not in known:
            rules.remove(rule)
            firewall.dropped.append(f"{where} - no such security group '{rule['action']}'")


def _section(firewall: Firewall, line: str, kind: str) -> tuple[str, str]:
    found = SECTION.match(line)
    # names are kept in lower case, and looked up as they are written
    section, name = (found.group(1).lower(), (found.group(2) or "").lower()) if found else ("", "")
    if section not in FILE[kind] or (section in ("group", "ipset")) != bool(name):
        raise ValueError(f"ignore section '{line.strip('[]')}'")
    if section == "group":
        if not NAME.match(name) or len(name) > GROUP_NAME_LIMIT:
            raise ValueError(f"invalid security group name '{name}'")
        firewall.conf["groups"][name] = []
    if section == "ipset":
        firewall.conf["ipset"][name] = []
    return section, name


def _option(line: str) -> tuple[str, str]:
    if found := POLICY.match(line):
        return f"policy_{found.group(1).lower()}", found.group(2).upper()
    if found := SWITCH.match(line):
        return found.group(1).lower(), found.group(2)
    if found := LOGGING.match(line):
        return found.group(1).lower(), line.partition(":")[2].strip()
    raise ValueError(f"can't parse option '{line}'")


def rule(line: str) -> dict[str, Any]:
    """One rule line as fakepve's rule.

    :raises ValueError: the line has no rule's form; the words are pve-firewall's.
    """
    text, _, comment = line.partition("#")
    found: dict[str, Any] = {"enable": 1, "comment": comment.strip() or None}
    if text.startswith("|"):
        found["enable"], text = 0, text[1:]
    head = re.match(r"(\S+)\s+(\S+)\s*", text)
    if not head:
        raise ValueError(f"unable to parse rule: {line}")
    found["type"], found["action"], rest = head.group(1).lower(), head.group(2), text[head.end() :]
    macro = re.match(r"^(\S+)\((ACCEPT|DROP|REJECT)\)$", found["action"])
    if macro and found["type"] in ("in", "out"):
        found["macro"], found["action"] = macro.groups()
    while rest:
        for key, pattern in OPTIONS.items():
            option = re.match(rf"{pattern} (\S+)\s*", rest)
            if option and (found["type"] != "group" or key == "iface"):
                if key == "log" and not re.fullmatch(LOG_LEVELS, option.group(1)):
                    continue
                found[key], rest = option.group(1), rest[option.end() :]
                break
        else:
            raise ValueError(f"unable to parse rule parameters: {rest}")
    return found


def _checked(line: str, cluster: Firewall, firewall: Firewall, env: str) -> dict[str, Any]:
    found = rule(line)
    try:
        checked: dict[str, Any] = verify_rule(found, cluster.conf, firewall.conf, env)
    except PveError as e:
        fields = "; ".join(f"{name}: {why}" for name, why in (e.errors or {}).items())
        raise ValueError(f"errors in rule parameters: {line}: {fields or e.message}") from e
    if checked.get("macro") and checked["macro"] not in MACROS:
        raise ValueError(f"unknown macro '{checked['macro']}'")
    return checked
