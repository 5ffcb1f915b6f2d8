"""Firewall files: the lines' syntax, one group a guest, and every rule accepted by an API that checks as Proxmox."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from proxmoxer import ProxmoxAPI
from proxmoxer.core import ResourceException

from phoenix.model import Action, Direction, FirewallRule, Protocol
from phoenix.model.firewall import ICMP_TYPES, WITH_PORTS, LogLevel
from phoenix.plan import firewall
from phoenix.vocabulary.macros import MACROS
from tests.plan import fwfile
from tests.plan.reference import ENVIRONMENTS, reference, with_firewall, with_guest, with_rules

GUARDED = (101, 102, 103, 801, 802, 900, 914, 917, 1001, 1002)

LINES: list[tuple[dict[str, Any], str]] = [
    ({"direction": "in"}, "IN ACCEPT"),
    ({"direction": "out", "action": "REJECT"}, "OUT REJECT"),
    ({"direction": "in", "proto": "icmp", "source": "10.0.0.0/24"}, "IN ACCEPT -source 10.0.0.0/24 -p icmp"),
    ({"direction": "in", "proto": "tcp", "source": "10.0.0.12"}, "IN ACCEPT -source 10.0.0.12 -p tcp"),
    ({"direction": "out", "proto": "udp", "dest": "10.0.0.13/32"}, "OUT ACCEPT -dest 10.0.0.13 -p udp"),
    ({"direction": "in", "proto": "tcp", "ports": [80, 443, "8000:8010"]}, "IN ACCEPT -p tcp -dport 80,443,8000:8010"),
    (
        {"direction": "in", "proto": "tcp", "ports": [*range(1, 14), "90:99"]},
        f"IN ACCEPT -p tcp -dport {','.join(map(str, range(1, 14)))},90:99",
    ),
    ({"direction": "in", "action": "DROP", "interface": "vmbr0"}, "IN DROP -i vmbr0"),
    ({"direction": "in", "comment": " Why, and so "}, "IN ACCEPT # Why, and so"),
    ({"direction": "in", "macro": "SSH", "source": "office"}, "IN SSH(ACCEPT) -source office"),
    ({"direction": "in", "action": "DROP", "source": "+dc/blocked"}, "IN DROP -source +dc/blocked"),
    ({"direction": "in", "source": "2001:db8::/64"}, "IN ACCEPT -source 2001:db8::/64"),
    ({"direction": "out", "dest": "2001:db8::7"}, "OUT ACCEPT -dest 2001:db8::7"),
    (
        {"direction": "in", "proto": "udp", "ports": [67], "source_ports": ["67:68"], "log": "info"},
        "IN ACCEPT -p udp -dport 67 -sport 67:68 -log info",
    ),
    (
        {"direction": "in", "proto": "icmpv6", "icmp_type": "packet-too-big", "comment": "MTU"},
        "IN ACCEPT -p icmpv6 -icmp-type packet-too-big # MTU",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "line"), LINES, ids=[line for _, line in LINES])
def test_a_rules_line(rule: dict[str, Any], line: str) -> None:
    assert firewall.line(FirewallRule.model_validate(rule)) == line


def files(environment: str = "production") -> dict[str, fwfile.File]:
    return {
        path.removeprefix("/etc/pve/firewall/"): fwfile.read(text)
        for path, text in firewall.files(reference(environment)).items()
    }


def test_every_guarded_guest_has_its_file_and_its_group() -> None:
    found = files()
    assert list(found) == ["cluster.fw", *(f"{vmid}.fw" for vmid in GUARDED)]
    assert found["cluster.fw"].options == {"enable": "1", "policy_in": "DROP", "policy_out": "ACCEPT"}
    assert list(found["cluster.fw"].groups) == [f"guest-{vmid}" for vmid in GUARDED]
    for vmid in GUARDED:
        wanted = [{"type": "group", "action": f"guest-{vmid}", "enable": "1"}]
        assert (found[f"{vmid}.fw"].options, found[f"{vmid}.fw"].rules) == ({"enable": "1"}, wanted)


def test_no_moment_is_without_rules() -> None:
    """`systemctl restart` stops the service first, which takes all rules away."""
    assert firewall.file_set(reference()).reload == ("systemctl", "reload-or-restart", "pve-firewall")


def test_a_guest_whose_firewall_is_off_has_neither() -> None:
    off = reference().guest(914).firewall.model_copy(update={"enabled": False})
    found = firewall.files(with_guest(reference(), 914, firewall=off))
    assert "/etc/pve/firewall/914.fw" not in found
    assert "[group guest-914]" not in found["/etc/pve/firewall/cluster.fw"]


def test_a_firewall_that_is_off_says_so() -> None:
    found = firewall.files(with_firewall(reference(), enabled=False))
    assert "\nenable: 0\n" in found["/etc/pve/firewall/cluster.fw"]


def test_a_groups_rules_are_those_of_its_guest_its_stacks_and_the_product() -> None:
    """Guest 1002: three of its own, three of its two stacks, then what is needed and not allowed yet."""
    rules = [(each.get("source"), each["proto"], each["dport"]) for each in files()["cluster.fw"].groups["guest-1002"]]
    manager, traefik, lan = "10.0.0.111", "10.0.0.12", "10.0.0.0/24"
    assert rules == [
        (manager, "tcp", "9001"),
        ("10.0.0.13", "tcp", "9001"),
        (traefik, "tcp", "9001"),
        (None, "tcp", "6333"),
        (None, "tcp", "6334"),
        (None, "tcp", "8000"),
        (lan, "tcp", "22"),
        (lan, "tcp", "2376"),
        (manager, "tcp", "7946"),
        (manager, "udp", "7946"),
        (manager, "udp", "4789"),
    ]


def test_the_stacks_rules_are_those_of_the_environment() -> None:
    ports = {
        name: {each.get("dport") for each in files(name)["cluster.fw"].groups["guest-1002"]} for name in ENVIRONMENTS
    }
    assert [{"8000", "8001", "8002"} & ports[name] for name in ENVIRONMENTS] == [{"8000"}, {"8001"}, {"8002"}]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_no_rule_stands_twice(environment: str) -> None:
    found = files(environment)["cluster.fw"]
    for rules in (found.rules, *found.groups.values()):
        bare = [tuple(sorted((key, value) for key, value in rule.items() if key != "comment")) for rule in rules]
        assert len(bare) == len(set(bare))


def test_a_rule_that_is_given_twice_is_written_once() -> None:
    again = reference().guest(914).firewall.rules[0].model_dump(mode="json")
    twice = with_rules(reference(), 914, {**again, "ports": [11434]})
    assert firewall.files(twice) == firewall.files(reference())


ADDRESSES = {4: ["10.0.0.0/24", "10.0.0.7/32"], 6: ["2001:db8::/64", "2001:db8::7/128"]}


def some_rules(version: int, icmp: Protocol) -> st.SearchStrategy[FirewallRule]:
    others = [each for each in Protocol if each not in (Protocol.ICMP, Protocol.ICMPV6)]
    addresses = st.sampled_from([None, "office", "+dc/blocked", *ADDRESSES[version]])
    return st.builds(
        FirewallRule,
        direction=st.sampled_from(Direction),
        action=st.sampled_from(Action),
        proto=st.sampled_from([icmp, *others]),
        source=addresses,
        dest=addresses,
        log=st.sampled_from([None, *LogLevel]),
        interface=st.sampled_from([None, "vmbr0", "net0"]),
        comment=st.text(st.characters(codec="ascii", categories=["L", "N", "P"], exclude_characters="#"), max_size=20),
    )


RULES = some_rules(4, Protocol.ICMP) | some_rules(6, Protocol.ICMPV6)


@given(RULES)
def test_any_rule_can_be_read_back(rule: FirewallRule) -> None:
    found = fwfile.rule(firewall.line(rule))
    wanted = {
        "type": str(rule.direction),
        "action": str(rule.action),
        "proto": str(rule.proto),
        "source": rule.source and re.sub(r"/(32|128)$", "", str(rule.source)),
        "dest": rule.dest and re.sub(r"/(32|128)$", "", str(rule.dest)),
        "log": rule.log,
        "iface": rule.interface,
        "comment": rule.comment,
        "enable": "1",
    }
    assert found == {key: value for key, value in wanted.items() if value}


@pytest.fixture
def api(fakepve: Any, fakepve_cafile: str) -> Any:
    """A node named phoenix whose API checks firewall rules in Proxmox's own words."""
    for guest in reference().containers:
        fakepve.add_ct(guest.vmid, guest.host_name)
    for machine in reference().machines:
        fakepve.add_vm(machine.vmid, machine.host_name)
    return ProxmoxAPI("127.0.0.1", port=fakepve.port, user="root@pam", password="secret", verify_ssl=fakepve_cafile)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_proxmox_accepts_every_rule(api: Any, environment: str) -> None:
    (node,) = [each["node"] for each in api.nodes.get()]
    found = files(environment)
    cluster = found.pop("cluster.fw")
    api.cluster.firewall.options.put(**cluster.options)
    for name, rules in cluster.groups.items():
        api.cluster.firewall.groups.post(group=name)
        stored = [api.cluster.firewall.groups(name).post(**rule) for rule in rules]
        assert len(api.cluster.firewall.groups(name).get()) == len(stored) > 0
    for rule in cluster.rules:
        api.cluster.firewall.rules.post(**rule)
    assert len(api.cluster.firewall.rules.get()) == len(cluster.rules) > 5
    for name, file in found.items():
        vmid = int(name.removesuffix(".fw"))
        kind = api.nodes(node).qemu if vmid > 1000 else api.nodes(node).lxc
        kind(vmid).firewall.options.put(**file.options)
        for rule in file.rules:
            kind(vmid).firewall.rules.post(**rule)
        assert [each["action"] for each in kind(vmid).firewall.rules.get()] == [f"guest-{vmid}"]


@pytest.mark.parametrize("proto", Protocol)
def test_proxmox_knows_every_protocol_and_whether_it_has_ports(api: Any, proto: Protocol) -> None:
    api.cluster.firewall.rules.post(type="in", action="ACCEPT", proto=str(proto))
    if proto in WITH_PORTS:
        api.cluster.firewall.rules.post(type="in", action="ACCEPT", proto=str(proto), dport="80")
    elif proto not in ICMP_TYPES:
        with pytest.raises(ResourceException, match="does not support ports"):
            api.cluster.firewall.rules.post(type="in", action="ACCEPT", proto=str(proto), dport="80")


def test_proxmox_knows_every_macro_and_icmp_type(api: Any) -> None:
    for macro in MACROS:
        api.cluster.firewall.rules.post(type="in", action="ACCEPT", macro=macro)
    for proto, types in ICMP_TYPES.items():
        for each in types:
            api.cluster.firewall.rules.post(type="in", action="ACCEPT", proto=str(proto), **{"icmp-type": each})


def test_groups_of_others_come_after_our_rules() -> None:
    """Where they are, they can drop nothing that ours accept; the mark tells them from lines of others."""
    wall = reference().guest(914).firewall.model_copy(update={"groups": ("monitoring",)})
    cluster = with_firewall(with_guest(reference(), 914, firewall=wall), groups=("office", "web"))
    found = firewall.files(cluster)
    assert found["/etc/pve/firewall/914.fw"].endswith("GROUP guest-914\nGROUP monitoring # phoenix\n")
    node = found["/etc/pve/firewall/cluster.fw"].partition("[RULES]\n\n")[2].partition("\n\n")[0].splitlines()
    assert node[-2:] == ["GROUP office # phoenix", "GROUP web # phoenix"]
    assert [each for each in node[:-2] if "GROUP" in each or "# phoenix" not in each] == []


@pytest.mark.parametrize(
    "rule",
    [
        {"type": "in", "action": "ACCEPT", "dport": "80"},
        {"type": "in", "action": "ACCEPT", "proto": "tcp", "dport": "80,http-nonsense"},
        {"type": "in", "action": "ACCEPT", "source": "10.0.0.0/33"},
        {"type": "in", "action": "guest 101"},
    ],
    ids=["port without protocol", "port by no name", "no network", "no action"],
)
def test_that_api_refuses_what_proxmox_refuses(api: Any, rule: dict[str, str]) -> None:
    with pytest.raises(ResourceException, match="400"):
        api.cluster.firewall.rules.post(**rule)
