"""The connections that the product needs: none is dropped, and a rule that drops one is told at its place."""

from collections import Counter
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest

from phoenix.model import Action, Cluster, ConfigurationError, Direction, FirewallRule, Protocol
from phoenix.model.swarm import OverlayNetwork
from phoenix.plan import connections, firewall
from phoenix.plan.verdict import Connection, verdict
from tests.plan.reference import ENVIRONMENTS, reference, with_firewall, with_guest, with_rules


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_reference_cluster_drops_nothing_that_is_needed(environment: str) -> None:
    connections.check(reference(environment))


def test_what_the_reference_cluster_needs() -> None:
    """Every line of the design: runner to guests, CA, Portainer, agents, Swarm between nodes, DNS, NFS, gateways."""
    found = {(str(c.source), str(c.dest), str(c.proto), c.port) for c in connections.connections(reference()).every}
    lan, node, worker, manager = "10.0.0.0/24", "10.0.0.13/32", "10.0.0.102/32", "10.0.0.111/32"
    gateway, traefik, ca = "10.0.0.153/32", "10.0.0.12/32", "10.0.0.10/32"
    assert found == {
        *((lan, node, "tcp", port) for port in (22, 53, 2049, 8006)),
        (lan, node, "udp", 53),
        *((lan, machine, "tcp", port) for machine in (manager, worker) for port in (22, 2376)),
        (lan, ca, "tcp", 9000),
        (lan, manager, "tcp", 9443),
        *((lan, gateway, "tcp", port) for port in (80, 443)),
        *((guest, ca, "tcp", 9000) for guest in (gateway, traefik, manager, worker)),
        (gateway, traefik, "tcp", 443),
        (traefik, manager, "tcp", 9443),
        *((traefik, worker, "tcp", port) for port in (6333, 8000)),
        *((traefik, f"10.0.0.{guest}/32", "tcp", 8000) for guest in (141, 142)),
        (traefik, "10.0.0.155/32", "tcp", 11434),
        (traefik, "10.0.0.157/32", "tcp", 8081),
        (worker, manager, "tcp", 2377),
        *((a, b, proto, 7946) for a, b in ((worker, manager), (manager, worker)) for proto in ("tcp", "udp")),
        *((a, b, "udp", 4789) for a, b in ((worker, manager), (manager, worker))),
        (manager, worker, "tcp", 9001),
    }  # fmt: skip


def drop(direction: str = "in", **given: Any) -> dict[str, Any]:
    return {"direction": direction, "action": "DROP", "comment": "the culprit", **given}


LOCKED_OUT: list[tuple[str, str | int, dict[str, Any], str]] = [
    ("SSH", "node", drop(proto="tcp", ports=[22]), "node: operators reach the node by SSH"),
    ("a range around SSH", "node", drop(proto="tcp", ports=["1:1024"]), "node: operators reach the node by SSH"),
    ("one operator", "node", drop(proto="tcp", source="10.0.0.50"), "node: operators reach the node by SSH"),
    ("the API", "node", drop(proto="tcp", ports=[8006]), "node: operators reach the Proxmox API"),
    ("a macro", "node", drop(macro="SSH"), "node: operators reach the node by SSH"),
    ("a macro of two protocols", "node", drop(macro="DNS"), "node: guests ask the node for names"),
    ("from one source port", "node", drop(proto="tcp", source_ports=[5]), "node: operators reach the node by SSH"),
    ("everything", "node", drop(), "node: operators reach the Proxmox API"),
    ("rejecting", "node", drop(action="REJECT", proto="tcp", ports=[8006]), "node: operators reach the Proxmox API"),
    ("DNS", "node", drop(proto="udp", ports=[53]), "node: guests ask the node for names"),
    ("NFS", "node", drop(proto="tcp", ports=[2049]), "node: VMs mount shared directories"),
    ("Swarm's management", 1001, drop(proto="tcp", ports=[2377]), "guest 1001: Swarm management"),
    ("Swarm's gossip", 1002, drop(proto="udp", ports=[7946]), "guest 1002: Swarm gossip"),
    ("overlays, going out", 1002, drop("out", proto="udp", ports=[4789]), "guest 1002: Swarm overlay networks"),
    ("Portainer", 1001, drop(proto="tcp", ports=[9443]), "guest 1001: Portainer's API is called"),
    ("the agent", 1002, drop(proto="tcp", ports=[9001]), "guest 1002: Portainer reaches its agent"),
    ("SSH to a VM", 1002, drop(proto="tcp", ports=[22]), "guest 1002: operators reach the VM by SSH"),
    ("the CA", 103, drop(proto="tcp", ports=[9000]), "guest 103: certificates are requested from Step-CA"),
    ("to the CA", 102, drop("out", dest="10.0.0.10"), "guest 102: the guest talks to Step-CA"),
    ("the gateway", 101, drop(proto="tcp", ports=[443]), "guest 101: clients reach the gateway"),
    ("to Traefik", 101, drop("out", dest="10.0.0.12"), "guest 101: the gateway proxies to Traefik"),
    ("a backend", 914, drop(source="10.0.0.12"), "guest 914: Traefik proxies ollama.internal.thinkheads.ai"),
]  # fmt: skip


@pytest.mark.parametrize(("where", "rule", "told"), [each[1:] for each in LOCKED_OUT], ids=[e[0] for e in LOCKED_OUT])
def test_a_rule_that_drops_a_needed_connection_is_named(where: str | int, rule: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        connections.check(with_rules(reference(), where, rule))
    assert [each for each in caught.value.problems if each.allowed.startswith(f"{told} (")], str(caught.value)
    for each in caught.value.problems:
        assert each.field == "firewall.rules[0]"
        assert each.allowed.endswith("must pass; allow it before that rule")


def test_every_dropped_connection_is_told_at_once() -> None:
    broken = with_rules(reference(), "node", drop(proto="tcp", ports=[22, 8006]))
    with pytest.raises(ConfigurationError) as caught:
        connections.check(with_rules(broken, 103, drop(proto="tcp", ports=[9000])))
    # two of the operators' to the node; to the CA the operators' and four guests'
    assert Counter(Path(each.file).name for each in caught.value.problems) == {"cluster.yaml": 2, "103-step-ca.yaml": 5}


HARMLESS: list[tuple[str, str | int, dict[str, Any]]] = [
    ("another network", "node", drop(source="192.0.2.0/24")),
    ("another port", "node", drop(proto="tcp", ports=[25])),
    ("another protocol", "node", drop(proto="udp", ports=[22])),
    ("icmp", "node", drop(proto="icmp")),
    ("another macro", "node", drop(macro="SMTP")),
    ("a macro of ICMP", "node", drop(macro="Ping")),
    ("IPv6", "node", drop(source="2001:db8::/32")),
    ("ICMPv6", "node", drop(proto="icmpv6", icmp_type="echo-request")),
    # what it has is known on the node only, where the preview looks
    ("a set", "node", drop(source="+blocked")),
    ("another destination", "node", drop(dest="192.0.2.1")),
    ("the other direction", "node", drop("out", proto="tcp", ports=[22])),
    ("Portainer, from elsewhere", 1001, drop(proto="tcp", ports=[9443], source="192.0.2.0/24")),
]


@pytest.mark.parametrize(("where", "rule"), [each[1:] for each in HARMLESS], ids=[each[0] for each in HARMLESS])
def test_a_rule_that_drops_something_else_is_no_false_alarm(where: str | int, rule: dict[str, Any]) -> None:
    connections.check(with_rules(reference(), where, rule))


def test_a_rule_behind_what_allows_the_connection_is_no_false_alarm() -> None:
    allowed = {"direction": "in", "proto": "tcp", "source": "10.0.0.0/16", "ports": [22]}
    connections.check(with_rules(reference(), "node", allowed, drop(proto="tcp", ports=[22])))


def test_an_allowance_for_part_of_the_operators_is_not_enough() -> None:
    allowed = {"direction": "in", "proto": "tcp", "source": "10.0.0.50", "ports": [22]}
    with pytest.raises(ConfigurationError, match=r"firewall\.rules\[1\].*operators reach the node by SSH"):
        connections.check(with_rules(reference(), "node", allowed, drop(proto="tcp", ports=[22])))


@pytest.mark.parametrize("some", [{"source": "+office"}, {"source": "2001:db8::/32"}, {"source_ports": [1024]}])
def test_an_allowance_that_may_not_hold_is_not_enough(some: dict[str, Any]) -> None:
    allowed = {"direction": "in", "proto": "tcp", "ports": [22], **some}
    with pytest.raises(ConfigurationError, match=r"firewall\.rules\[1\].*operators reach the node by SSH"):
        connections.check(with_rules(reference(), "node", allowed, drop(proto="tcp", ports=[22])))


def test_an_allowance_by_macro_is_one() -> None:
    allowed = {"direction": "in", "macro": "SSH"}
    connections.check(with_rules(reference(), "node", allowed, drop(proto="tcp", ports=[22])))


def test_an_allowance_on_one_interface_is_not_enough() -> None:
    allowed = {"direction": "in", "proto": "tcp", "ports": [22], "interface": "vmbr9"}
    with pytest.raises(ConfigurationError, match=r"firewall\.rules\[1\].*operators reach the node by SSH"):
        connections.check(with_rules(reference(), "node", allowed, drop(proto="tcp", ports=[22])))


def test_a_policy_that_drops_what_goes_out_is_told() -> None:
    quiet = with_firewall(reference(), policy_out=Action.DROP)
    connections.check(quiet)
    operators = with_firewall(quiet, operators=(IPv4Network("10.0.0.13/32"),))
    with pytest.raises(ConfigurationError, match=r"firewall\.policy_out: .*node: operators reach the Proxmox API"):
        connections.check(operators)


def test_a_firewall_that_is_off_drops_nothing() -> None:
    connections.check(with_firewall(with_rules(reference(), "node", drop()), enabled=False))


SHARED = OverlayNetwork(name="shared", encrypted=True)
MEMBERS = {("10.0.0.102", "10.0.0.111"), ("10.0.0.111", "10.0.0.102")}


def encrypted_between(cluster: Cluster) -> set[tuple[str, str]]:
    """The members between which ESP must pass."""
    every = connections.connections(cluster).every
    return {
        (str(each.source.network_address), str(each.dest.network_address))
        for each in every
        if each.proto is Protocol.ESP and each.port is None
    }


def test_members_with_an_encrypted_network_need_esp() -> None:
    """https://docs.docker.com/engine/network/drivers/overlay/: IP protocol 50, beside the overlay's own port."""
    assert encrypted_between(reference()) == set()
    swarm = reference().swarm.model_copy(update={"networks": (SHARED,)})
    cluster = reference().model_copy(update={"swarm": swarm})
    assert encrypted_between(cluster) == MEMBERS
    rules = connections.guest_rules(cluster, cluster.guest(1002), connections.connections(cluster))
    (added,) = [rule for rule in rules if rule.proto is Protocol.ESP]
    assert firewall.line(added).startswith("IN ACCEPT -source 10.0.0.111 -dest 10.0.0.102 -p esp # ")
    connections.check(cluster)
    with pytest.raises(ConfigurationError, match=r"encrypted overlay networks .*10\.0\.0\.102/32 esp\) must pass"):
        connections.check(with_rules(cluster, 1002, drop(proto="esp")))


@pytest.mark.parametrize(("value", "needed"), [("", MEMBERS), ("true", MEMBERS), ("false", set())])
def test_so_do_those_of_a_stack_with_a_network_of_that_kind(value: str, needed: set[tuple[str, str]]) -> None:
    cluster = reference()
    (first, *_) = cluster.stacks_of(cluster.guest(1002))
    networks = {"own": {"driver_opts": {"encrypted": value}}, "plain": None}
    stacks = tuple(
        each.model_copy(update={"compose": {**each.compose, "networks": networks}})
        if each.name == first.stack.name
        else each
        for each in cluster.stacks
    )
    assert encrypted_between(cluster.model_copy(update={"stacks": stacks})) == needed


def test_a_guest_whose_firewall_is_off_drops_nothing() -> None:
    broken = with_rules(reference(), 103, drop())
    off = broken.guest(103).firewall.model_copy(update={"enabled": False})
    connections.check(with_guest(broken, 103, firewall=off))


def test_what_is_needed_and_not_allowed_is_added_once_and_says_why() -> None:
    """The reference cluster's own rules let nobody reach Docker on 2376."""
    rules = connections.guest_rules(reference(), reference().guest(1001), connections.connections(reference()))
    (added,) = [rule for rule in rules if any(2376 in ports for ports in rule.ports)]
    assert added == FirewallRule(
        direction=Direction.IN,
        proto=Protocol.TCP,
        source="10.0.0.0/24",
        dest="10.0.0.111",
        ports=(2376,),
        comment="phoenix: operators reach Docker with a client certificate",
    )


def test_nothing_is_added_for_what_a_policy_lets_in() -> None:
    accepting = with_firewall(reference(), policy_in=Action.ACCEPT)
    rules = connections.node_rules(accepting, connections.connections(accepting))
    assert rules == reference().firewall.rules


def bare(cluster: Cluster) -> Cluster:
    """The cluster without a single rule of its own."""
    for guest in cluster.guests:
        cluster = with_guest(cluster, guest.vmid, firewall=guest.firewall.model_copy(update={"rules": ()}))
    return with_firewall(cluster, rules=())


def test_a_cluster_without_rules_gets_what_it_needs() -> None:
    cluster = bare(reference())
    connections.check(cluster)
    for guest in (each for each in cluster.guests if each.firewall.enabled and each.running):
        wanted = {c for c in connections.connections(cluster).every if str(c.dest.network_address) == guest.address}
        rules = connections.guest_rules(cluster, guest, connections.connections(cluster))
        for connection in wanted:
            assert isinstance(verdict(rules, Direction.IN, Action.DROP, connection), FirewallRule)


def test_a_connections_rule_lets_it_pass_at_both_ends() -> None:
    lan, dest = IPv4Network("10.0.0.0/24"), IPv4Network("10.0.0.5")
    connection = Connection(lan, dest, Protocol.TCP, 80, "why")
    for direction in Direction:
        rule = connection.rule(direction)
        assert verdict([rule], direction, Action.DROP, connection) is rule
