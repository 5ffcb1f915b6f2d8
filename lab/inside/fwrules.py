"""The firewall as nftables rules on the node: what Proxmox's files say, enforced between real guests.

Bridged packets pass the inet family's forward hook here, with addresses but without port names, so a guest's
network card is recognised by its address.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from lab.inside.fwfile import Firewall

TABLE = "pvefw"
LAN = "10.0.0.0/24"
# pve-firewall always lets the local network reach these on the node.
MANAGEMENT = "22, 3128, 5900-5999, 8006"
# The lab's own mirror and registry, which no cluster configuration can know of.
LAB = "5000, 8081"
# The macros' protocols and ports, as documented for Proxmox; others cannot be enforced here.
MACRO_MATCHES = {
    "Ping": ["icmp type echo-request"], "SSH": ["tcp dport 22"], "HTTP": ["tcp dport 80"],
    "HTTPS": ["tcp dport 443"], "Web": ["tcp dport { 80, 443 }"], "DNS": ["udp dport 53", "tcp dport 53"],
    "NTP": ["udp dport 123"], "SMTP": ["tcp dport 25"], "PostgreSQL": ["tcp dport 5432"], "MySQL": ["tcp dport 3306"],
}  # fmt: skip
PROTOCOLS = {"icmpv6": "icmpv6", "ipv6-icmp": "icmpv6"}


@dataclass(frozen=True)
class Protected:
    """A guest whose firewall is on: its file, and the addresses of its cards with ``firewall=1`` by card (net0)."""

    vmid: int
    firewall: Firewall
    addresses: dict[str, str]


def ruleset(cluster: Firewall, guests: Iterable[Protected], host: Firewall | None = None) -> str:
    """The whole table as input for ``nft -f``; the rules of the node's own file come before the cluster's.

    With ``enable: 0`` it only follows connections, so that switching the firewall on later does not cut those that
    exist.

    :raises ValueError: a macro that cannot be enforced here.
    """
    on = cluster.on()
    guests = list(guests) if on else []
    chains = [chain for guest in guests for chain in _guest_chains(cluster, guest)]
    from_guest = [f"ip saddr {a} jump guest-{g.vmid}-out" for g in guests for a in g.addresses.values()]
    to_guest = [f"ip daddr {a} jump guest-{g.vmid}-in" for g in guests for a in g.addresses.values()]
    host_in = [f"ip saddr {LAN} tcp dport {{ {MANAGEMENT} }} accept", f"tcp dport {{ {LAB} }} accept"]
    of_node = [host or Firewall(), cluster]
    host_in += [line for own in of_node for line in _lines(cluster, own, "in", {}, "accept")]
    host_in.append(_verdict(cluster.policy("in"), "accept"))
    host_out = [line for own in of_node for line in _lines(cluster, own, "out", {}, "accept")]
    if cluster.policy("out") != "ACCEPT":
        host_out.append(_verdict(cluster.policy("out"), "accept"))
    parts = [
        *chains,
        _chain("input", "input", [*from_guest, *(host_in if on else [])]),
        _chain("output", "output", [*to_guest, *(host_out if on else [])]),
        _chain("forward", "forward", [*from_guest, *to_guest]),
    ]
    body = "\n".join(parts)
    return f"table inet {TABLE} {{}}\ndelete table inet {TABLE}\ntable inet {TABLE} {{\n{body}\n}}\n"


def _chain(name: str, hook: str, lines: list[str]) -> str:
    head = [f"type filter hook {hook} priority 0; policy accept;", "ct state established,related accept"]
    head += ['iifname "lo" accept'] if hook == "input" else ['oifname "lo" accept'] if hook == "output" else []
    # Neighbour discovery and the rest of IPv6: the cluster's network is IPv4 only.
    return _block(name, [*head, "meta nfproto ipv6 accept", *lines])


def _block(name: str, lines: Iterable[str]) -> str:
    return f"  chain {name} {{\n" + "".join(f"    {line}\n" for line in lines) + "  }"


def _guest_chains(cluster: Firewall, guest: Protected) -> Iterator[str]:
    """What leaves a guest still has to be let in by its receiver, so an accepted packet only returns there."""
    for direction, accept in (("in", "accept"), ("out", "return")):
        lines = list(_lines(cluster, guest.firewall, direction, guest.addresses, accept))
        yield _block(f"guest-{guest.vmid}-{direction}", [*lines, _verdict(guest.firewall.policy(direction), accept)])


def _lines(cluster: Firewall, own: Firewall, direction: str, addresses: dict[str, str], accept: str) -> Iterator[str]:
    for rule in own.conf["rules"]:
        if not rule["enable"]:
            continue
        inner = cluster.conf["groups"][rule["action"]] if rule["type"] == "group" else [rule]
        for each in inner:
            if each["type"] == direction and each["enable"]:
                named = {**each, "iface": rule.get("iface") or each.get("iface")}
                yield from _matches(cluster, own, named, direction, addresses, accept)


def _matches(
    cluster: Firewall, own: Firewall, rule: dict[str, Any], direction: str, addresses: dict[str, str], accept: str
) -> Iterator[str]:
    words = []
    if rule.get("iface"):
        words.append(_interface(rule["iface"], direction, addresses))
    for key, side in (("source", "saddr"), ("dest", "daddr")):
        if rule.get(key):
            words.append(f"ip {side} {_set(_addresses(cluster, own, rule[key]))}")
    protocols = MACRO_MATCHES.get(rule["macro"]) if rule.get("macro") else [_protocol(rule)]
    if protocols is None:
        raise ValueError(f"the lab cannot enforce macro '{rule['macro']}'")
    for protocol in protocols:
        yield " ".join([*words, *([protocol] if protocol else []), "counter", _verdict(rule["action"], accept)])


def _interface(name: str, direction: str, addresses: dict[str, str]) -> str:
    if name.startswith("net"):
        side = "daddr" if direction == "in" else "saddr"
        return f"ip {side} {addresses.get(name, '0.0.0.0')}"
    return f'{"iifname" if direction == "in" else "oifname"} "{name}"'


def _protocol(rule: dict[str, Any]) -> str:
    protocol = rule.get("proto")
    if not protocol:
        return ""
    if rule.get("icmp-type") and rule["icmp-type"] != "any":
        return f"icmp type {rule['icmp-type']}"
    ports = [(key, str(rule[key])) for key in ("sport", "dport") if rule.get(key)]
    if protocol == "icmp" and ports:
        return f"icmp type {ports[0][1]}"
    if not ports:
        return f"meta l4proto {PROTOCOLS.get(protocol, protocol)}"
    return " ".join(f"{protocol} {key} {_set(value.replace(':', '-').split(','))}" for key, value in ports)


def _addresses(cluster: Firewall, own: Firewall, text: str) -> list[str]:
    name = (
        text.removeprefix("+").rpartition("/")[2]
        if text.startswith("+")
        else text.removeprefix("dc/").removeprefix("guest/")
    )
    for conf in (own.conf, cluster.conf):
        if text.startswith("+") and name in conf["ipset"]:
            return [entry for entry in conf["ipset"][name] if not entry.startswith("!")]
        if name.lower() in conf["aliases"]:
            return [conf["aliases"][name.lower()]["cidr"]]
    return text.split(",")


def _set(values: list[str]) -> str:
    return values[0] if len(values) == 1 else "{ " + ", ".join(values) + " }"


def _verdict(action: str, accept: str) -> str:
    return {"ACCEPT": accept, "DROP": "drop", "REJECT": "reject"}[action]
