"""DNS, firewall, routes and certificates of the imported cluster against the old ones; each deviation has a reason."""

from collections.abc import Callable
from dataclasses import dataclass

from phoenix.model import Cluster, FirewallRule, LxcGuest
from phoenix.plan.connections import connections, guest_rules, node_rules
from phoenix.plan.dns import records
from phoenix.plan.routes import routes
from tests.importing import oracle
from tests.importing.oracle import Rule
from tests.importing.versions import imported

GENERATION = {"2025-11-04": "H", "2025-11-16": "M"}


@dataclass(frozen=True)
class Line:
    """One record, rule, route or certificate: `old` and `new` are empty where it was or is not there."""

    key: str
    old: str
    new: str
    why: str


class UnexplainedError(AssertionError):
    """A deviation that no reason is known for."""


def _lines(old: dict[str, str], new: dict[str, str], why: Callable[[str, str, str], str]) -> list[Line]:
    found = []
    for key in sorted({*old, *new}):
        one, other = old.get(key, ""), new.get(key, "")
        reason = "" if one == other else why(key, one, other)
        if one != other and not reason:
            raise UnexplainedError(f"{key}: {one or 'nothing'} -> {other or 'nothing'}")
        found.append(Line(key, one, other, reason))
    return found


def dns(version: str) -> list[Line]:
    """Every name without the domain."""
    cluster = imported(version).cluster
    suffix = f".{cluster.node.domain}"
    new = {each.name.removesuffix(suffix): each.address for each in records(cluster)}
    of_guests = {each.host_name: each for each in cluster.guests}
    services = {service.name: guest for guest in cluster.guests for _, service in guest.services}
    agents = {each.name for each in cluster.dns.records if each.guest is not None}

    def why(name: str, old: str, address: str) -> str:
        if name == cluster.node.name:
            return "the node has a name, too"
        if name in agents and address:
            return "Portainer's agent speaks a protocol that no proxy passes"
        if name in services:
            guest = services[name]
            if address == guest.address:
                return "asked at the guest's own port: a proxy in between would break it"
            if old == guest.address and isinstance(guest, LxcGuest):
                return "the gateway serves it by TLS, as it does every service; the old name led past it"
        if name in of_guests and address == of_guests[name].address:
            return "a guest's name leads to the guest; nothing at Traefik answers for it"
        if address == cluster.gateway_guest.address and not old:
            return "a stack's host name, which this generation made no record of"
        return ""

    return _lines(oracle.dns_h(version) if GENERATION[version] == "H" else oracle.dns_m(version), new, why)


def _rule(given: FirewallRule) -> Rule:
    return Rule(
        str(given.direction),
        str(given.action),
        str(given.proto or ""),
        str(given.source or "").removesuffix("/32"),
        str(given.dest or "").removesuffix("/32"),
        ",".join(map(str, given.ports)),
        given.interface or "",
    )


def _text(given: Rule) -> str:
    words = [given.direction.upper(), given.action]
    for flag, value in (
        ("-i", given.interface),
        ("-source", given.source),
        ("-dest", given.dest),
        ("-p", given.proto),
        ("-dport", given.ports),
    ):
        words += [flag, value] if value else []
    return " ".join(words)


def firewall(version: str) -> list[Line]:
    """Every rule of the node and of each guest, each once."""
    cluster = imported(version).cluster
    old = oracle.firewall_h(version) if GENERATION[version] == "H" else oracle.firewall_m(version)
    own, added = _new_rules(cluster)
    of_stacks = {
        f"{guest.vmid} {_text(_rule(rule))}"
        for guest in cluster.guests
        for each in cluster.stacks_of(guest)
        for rule in each.environment.firewall_rules
    }
    guests = {each.address: str(each.vmid) for each in cluster.guests if each.ip}
    before = {f"{owner} {_text(each)}": "rule" for owner, rules in old.items() for each in rules}
    moved = {
        f"{guests[each.dest]} {_text(each)}" for each in old["node"] if each.direction == "in" and each.dest in guests
    }

    def why(key: str, given: str, now: str) -> str:
        owner, _, text = key.partition(" ")
        if key in added:
            return "a connection of the product's own"
        if now and key in moved:
            return "it stood among the node's rules, where Proxmox applies it to no guest"
        if given and owner == "node" and any(one.endswith(f" {text}") for one in moved):
            return "it is for a guest, and stands in that guest's rules"
        if text == "IN ACCEPT -i lo":
            return "Proxmox itself lets the loopback pass"
        if now and key in of_stacks:
            return "a stack's rule, which this generation applied nowhere"
        return ""

    return _lines(before, dict.fromkeys([*own, *added], "rule"), why)


def _new_rules(cluster: Cluster) -> tuple[list[str], list[str]]:
    needed = connections(cluster)
    own: list[str] = []
    added: list[str] = []
    groups = [("node", node_rules(cluster, needed))]
    groups += [(str(each.vmid), guest_rules(cluster, each, needed)) for each in cluster.guests if each.firewall.enabled]
    for owner, rules in groups:
        for each in rules:
            (added if each.comment.startswith("phoenix:") else own).append(f"{owner} {_text(_rule(each))}")
    return own, added


def routing(version: str) -> list[Line]:
    """Every host that Traefik leads somewhere, without the domain."""
    cluster = imported(version).cluster
    suffix = f".{cluster.node.domain}"
    new = {each.host.removesuffix(suffix): each.url for each in routes(cluster)}
    direct = {service.name for guest in cluster.guests for _, service in guest.services if service.direct}
    environments = {each.environment_name for each in cluster.machines if each.environment_name}
    of_stacks = {
        label.split("`")[1].removesuffix(suffix)
        for guest in cluster.guests
        for each in cluster.stacks_of(guest)
        for service in each.environment.services
        for key, value in each.environment.labels(service).items()
        for label in [f"{key}={value}"]
        if ".rule=" in label
    }

    def why(host: str, old: str, url: str) -> str:
        if host in direct and not url:
            return "its name leads to the guest: TLS of its own, or a protocol that no proxy passes"
        if host in environments and not url:
            return "Portainer reaches its agent without Traefik"
        if host in of_stacks and not old:
            return "the labels of the stack, which the old Traefik of files did not read"
        if host == "portainer" and not old:
            return "this generation left Portainer to its Swarm provider; here every route is in one file"
        return ""

    return _lines(oracle.routes_h(version) if GENERATION[version] == "H" else oracle.routes_m(version), new, why)


def certificates(version: str) -> list[Line]:
    """The names of every certificate, by its common name."""
    cluster = imported(version).cluster
    old = {name: ", ".join(sorted(names)) for name, names in oracle.certificates(version).items()}
    new = {each.common_name: ", ".join(sorted(each.names)) for each in cluster.certificates}
    clients = {each.common_name for each in cluster.certificates if each.kind == "client"}
    gateway = cluster.gateway_guest.vmid
    of_gateway = {
        each.common_name for each in cluster.certificates if any(one.guest == gateway for one in each.distribution)
    }

    def why(name: str, given: str, now: str) -> str:
        if not set(filter(None, given.split(", "))) <= set(now.split(", ")):
            return ""
        if name in clients and not given:
            return "the gateway proves itself to Traefik"
        if name in of_gateway:
            return "its common name is one of its names, and so is every name that the gateway serves"
        if any(each.common_name == name and each.docker_secrets for each in cluster.certificates):
            return "Portainer's address: its API is asked before any name resolves"
        return ""

    return _lines(old, new, why)


SUBJECTS: dict[str, Callable[[str], list[Line]]] = {
    "DNS records": dns,
    "firewall rules": firewall,
    "routes": routing,
    "certificates": certificates,
}
