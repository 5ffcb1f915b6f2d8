"""The connections that the product itself makes, as firewall rules, and the proof that no rule drops one of them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

from phoenix.features import docker, step_cli
from phoenix.model import (
    Action,
    Cluster,
    ConfigurationError,
    Direction,
    FirewallRule,
    LxcGuest,
    Model,
    Problem,
    Protocol,
    VmGuest,
)
from phoenix.model.gateway import HTTP, HTTPS
from phoenix.plan.routes import routes
from phoenix.plan.verdict import Connection, verdict

SSH, DNS, NFS, DOCKER_TLS = 22, 53, 2049, 2376
SWARM_MANAGEMENT, SWARM_GOSSIP, SWARM_OVERLAY = 2377, 7946, 4789


class Connections:
    """Connections that must pass, in their order, found by the address where they begin or end."""

    def __init__(self, every: Iterable[Connection]) -> None:
        self.every = tuple(dict.fromkeys(every))
        self._to: defaultdict[IPv4Network, list[Connection]] = defaultdict(list)
        self._of: defaultdict[IPv4Network, list[Connection]] = defaultdict(list)
        for each in self.every:
            self._to[each.dest].append(each)
            self._of[each.source].append(each)

    def to(self, address: IPv4Network) -> Sequence[Connection]:
        """Those that end there."""
        return self._to.get(address, ())

    def of(self, address: IPv4Network) -> Sequence[Connection]:
        """Those that begin there, and nowhere else."""
        return self._of.get(address, ())


def node_rules(cluster: Cluster, needed: Connections) -> tuple[FirewallRule, ...]:
    """The node's rules: the configured ones, then what is needed and not yet allowed; each once, in a stable order."""
    here = IPv4Network(cluster.node.ip)
    return _completed(cluster.firewall.rules, cluster.firewall.policy_in, needed.to(here))


def guest_rules(cluster: Cluster, guest: LxcGuest | VmGuest, needed: Connections) -> tuple[FirewallRule, ...]:
    """A guest's rules: its own, its stacks', then what is needed and not yet allowed."""
    own = (
        *guest.firewall.rules,
        *(rule for each in cluster.stacks_of(guest) for rule in each.environment.firewall_rules),
    )
    # Proxmox' own default for a guest: everything in is dropped, everything out is accepted
    return _completed(own, Action.DROP, needed.to(IPv4Network(guest.address)))


def _completed(
    rules: Iterable[FirewallRule], policy_in: Action, wanted: Iterable[Connection]
) -> tuple[FirewallRule, ...]:
    found = list(dict.fromkeys(rules))
    for connection in wanted:
        if verdict(found, Direction.IN, policy_in, connection) is None:
            found.append(connection.rule(Direction.IN))
    return tuple(found)


@dataclass(frozen=True)
class _End:
    """The node or a guest, with what decides over its connections; `part` is where its own rules stand."""

    name: str
    part: Cluster | LxcGuest | VmGuest
    address: IPv4Network
    rules: tuple[FirewallRule, ...]
    policy_in: Action
    policy_out: Action


def check(cluster: Cluster) -> None:
    """Raises ConfigurationError with every needed connection that a configured rule drops, at that rule's place."""
    if not cluster.firewall.enabled:
        return
    needed = connections(cluster)
    problems = [each for end in _ends(cluster, needed) for each in _dropped(cluster, end, needed)]
    if problems:
        raise ConfigurationError(problems)


def _ends(cluster: Cluster, needed: Connections) -> Iterator[_End]:
    firewall = cluster.firewall
    node = IPv4Network(cluster.node.ip)
    yield _End("node", cluster, node, node_rules(cluster, needed), firewall.policy_in, firewall.policy_out)
    for guest in cluster.guests:
        if guest.firewall.enabled and guest.ip is not None:
            rules, address = guest_rules(cluster, guest, needed), IPv4Network(guest.address)
            yield _End(f"guest {guest.vmid}", guest, address, rules, Action.DROP, Action.ACCEPT)


def _dropped(cluster: Cluster, end: _End, needed: Connections) -> Iterator[Problem]:
    for direction, policy, concerned in (
        (Direction.IN, end.policy_in, needed.to(end.address)),
        (Direction.OUT, end.policy_out, needed.of(end.address)),
    ):
        for connection in concerned:
            decided = verdict(end.rules, direction, policy, connection)
            if decided is None or (isinstance(decided, FirewallRule) and decided.action is not Action.ACCEPT):
                part, loc = _place(cluster, end, direction, decided)
                allowed = f"{end.name}: {connection.purpose} ({connection}) must pass; allow it before that rule"
                yield cluster.problem(part, *loc, allowed=allowed)


def _place(
    cluster: Cluster, end: _End, direction: Direction, decided: FirewallRule | Action | None
) -> tuple[Model, tuple[str | int, ...]]:
    """Where what decides stands: a rule of the node, of the guest, or of one of its stacks; or the node's policy."""
    if not isinstance(decided, FirewallRule):
        return cluster, ("firewall", f"policy_{direction}")
    own = cluster.firewall.rules if isinstance(end.part, Cluster) else end.part.firewall.rules
    if decided in own:
        return end.part, ("firewall", "rules", own.index(decided))
    for each in () if isinstance(end.part, Cluster) else cluster.stacks_of(end.part):
        rules = each.environment.firewall_rules
        if decided in rules:
            return each.stack, ("environments", each.environment_name, "firewall_rules", rules.index(decided))
    raise AssertionError("a rule of our own drops nothing")


def connections(cluster: Cluster) -> Connections:
    """Every connection that the product makes or stands for, in a stable order."""
    return Connections(_connections(cluster))


def _to(source: IPv4Network, dest: str, port: int | None, purpose: str, proto: Protocol = Protocol.TCP) -> Connection:
    return Connection(source, IPv4Network(dest), proto, port, purpose)


def _connections(cluster: Cluster) -> Iterator[Connection]:
    node, lan = IPv4Network(cluster.node.ip), cluster.node.lan

    for operators in cluster.firewall.operators:
        yield Connection(operators, node, Protocol.TCP, cluster.node.api_port, "operators reach the Proxmox API")
        yield Connection(operators, node, Protocol.TCP, cluster.node.ssh_port, "operators reach the node by SSH")
        for machine in cluster.machines:
            if machine.ip is not None:
                yield _to(operators, machine.address, SSH, "operators reach the VM by SSH")
            if machine.has(docker.FEATURE):
                yield _to(operators, machine.address, DOCKER_TLS, "operators reach Docker with a client certificate")
        yield _to(operators, cluster.ca_guest.address, cluster.ca.port, "certificates are requested from Step-CA")
        yield _to(operators, cluster.portainer_primary.address, cluster.portainer.port, "Portainer's API is called")
        yield _to(operators, cluster.gateway_guest.address, HTTPS, "operators reach the gateway")
    for proto in (Protocol.UDP, Protocol.TCP):
        yield Connection(lan, node, proto, DNS, "guests ask the node for names")
    yield Connection(lan, node, Protocol.TCP, NFS, "VMs mount shared directories")
    yield _to(lan, cluster.gateway_guest.address, HTTPS, "clients reach the gateway")
    yield _to(lan, cluster.gateway_guest.address, HTTP, "clients are sent to HTTPS")
    yield from _ca_clients(cluster)
    yield from _gateways(cluster)
    yield from _swarm(cluster)


def _ca_clients(cluster: Cluster) -> Iterator[Connection]:
    for guest in cluster.guests:
        if guest.ip is not None and guest.has(step_cli.FEATURE):
            source = IPv4Network(guest.address)
            yield _to(source, cluster.ca_guest.address, cluster.ca.port, "the guest talks to Step-CA")


def _gateways(cluster: Cluster) -> Iterator[Connection]:
    gateway, traefik = IPv4Network(cluster.gateway_guest.address), IPv4Network(cluster.traefik.address)
    yield _to(gateway, cluster.traefik.address, HTTPS, "the gateway proxies to Traefik")
    proxies = cluster.gateway.trusted_proxies
    for network in proxies.networks if proxies else ():
        port = proxies.proxy_protocol_port if proxies and proxies.proxy_protocol_port else HTTPS
        yield _to(network, cluster.gateway_guest.address, port, "trusted proxies reach the gateway")
    for each in cluster.gateway.forwards:
        for clients in (*cluster.firewall.operators, cluster.node.lan):
            yield _to(clients, cluster.gateway_guest.address, each.port, f"clients reach guest {each.guest}")
        dest = cluster.guest(each.guest).address
        yield _to(gateway, dest, each.guest_port, f"the gateway passes port {each.port} on")
    hosts: dict[tuple[str, int], str] = {}
    for route in routes(cluster):
        hosts.setdefault((route.server.address, route.server.port), route.host)
    for (address, port), host in hosts.items():
        yield _to(traefik, address, port, f"Traefik proxies {host}")


def _swarm(cluster: Cluster) -> Iterator[Connection]:
    members = cluster.swarm_members
    encrypted = any(each.encrypted for each in cluster.swarm.networks) or any(
        each.stack.encrypts for member in members for each in cluster.stacks_of(member)
    )
    for member in members:
        source = IPv4Network(member.address)
        for other in members:
            if other is member:
                continue
            if other is cluster.swarm_manager:
                yield _to(source, other.address, SWARM_MANAGEMENT, "Swarm management")
            yield _to(source, other.address, SWARM_GOSSIP, "Swarm gossip")
            yield _to(source, other.address, SWARM_GOSSIP, "Swarm gossip", Protocol.UDP)
            yield _to(source, other.address, SWARM_OVERLAY, "Swarm overlay networks", Protocol.UDP)
            if encrypted:
                yield _to(source, other.address, None, "encrypted overlay networks of the Swarm", Protocol.ESP)
    primary = IPv4Network(cluster.portainer_primary.address)
    for agent in cluster.portainer_agents:
        yield _to(primary, agent.address, cluster.portainer.agent_port, "Portainer reaches its agent")
