"""What others have in the firewall's files: names that are not there are refused, rules that drop ours are told."""

import re

import pytest

from phoenix.providers.files.shared import names, order
from phoenix.providers.files.shared.firewall import with_ours
from phoenix.specs.firewall import Group, Part, render

MAIN, HOST, GUEST = "cluster.fw", "host.fw", "101.fw"
NAMES = (
    "[ALIASES]\n\nOffice 10.0.0.0/25\nfar 192.0.2.1\n\n[IPSET blocked]\n\noffice\n!10.0.0.3\n\n[IPSET Far]\n\nfar\n\n"
)


def content(*rules: str, group: tuple[str, ...] = ()) -> str:
    return render(Part({"enable": "1"}, rules, {"guest-101": Group("phoenix: web", group)} if group else {}))


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("IN ACCEPT -source office # phoenix", ""),
        ("IN ACCEPT -source dc/OFFICE # phoenix", ""),
        ("IN ACCEPT -source +far -dest +dc/blocked # phoenix", ""),
        ("IN ACCEPT -source 2001:db8::1 -dest fe80::/64 # phoenix", ""),
        ("GROUP web # phoenix", ""),
        ("GROUP guest-101", ""),
        (
            "IN ACCEPT -source ofice # phoenix",
            "no alias ofice for `IN ACCEPT -source ofice # phoenix`; there is far, off",
        ),
        ("IN ACCEPT -dest +office # phoenix", "no IP set office .*; there is blocked, far"),
        ("GROUP wep # phoenix", "no security group wep .*; there is .*web"),
        ("IN ACCEPT # phoenix: -source ofice", ""),
    ],
)
def test_a_name_that_nobody_has(rule: str, told: str) -> None:
    there = NAMES + "[group web]\n"
    one, other = content(group=(rule,)), content(rule, group=("IN ACCEPT",))
    in_a_group = list(names.missing(with_ours(there, one), one, {}))
    found = list(names.missing(with_ours(there, other), other, {}))
    # a guest's file has none of them itself
    above = names.defined(there + "[group guest-101]\n")
    assert len(list(names.missing(content(rule), content(rule), above))) == len(found)
    assert len(found) == bool(told)
    for each in found:
        assert re.search(told, each)
    assert [each.partition(" for ")[0] for each in in_a_group] == [each.partition(" for ")[0] for each in found]


def test_a_name_that_proxmox_reads_too_late() -> None:
    """It reads from top to bottom, and a rule stays without effect whose alias comes only later."""
    ours = content("IN ACCEPT -source office # phoenix")
    merged = with_ours("[RULES]\n\nIN ACCEPT -p esp\n\n" + NAMES, ours)
    (told,) = names.missing(merged, ours, {})
    assert told == "alias office stands below `IN ACCEPT -source office # phoenix`, where Proxmox does not know it yet"


SSH = "IN ACCEPT -source 10.0.0.0/24 -p tcp -dport 22 # phoenix: SSH"
DROPS = {
    "everything": ("IN DROP", True),
    "by REJECT": ("IN REJECT -p tcp", True),
    "one address": ("IN DROP -source 10.0.0.9", True),
    "a range of addresses": ("IN DROP -source 10.0.0.200-10.0.1.7", True),
    "a list of addresses": ("IN DROP -source 192.0.2.1,10.0.0.9", True),
    "a macro": ("IN SSH(DROP)", True),
    "an alias": ("IN DROP -source office", True),
    "a set": ("IN DROP -source +dc/blocked", True),
    "a group": ("GROUP strict", True),
    "a service by its name": ("IN DROP -p tcp -dport ssh", True),
    "a range of ports": ("IN DROP -p tcp -dport 80,1:1023", True),
    "on one card": ("IN DROP -i vmbr0", True),
    "another direction": ("OUT DROP", False),
    "another protocol": ("IN DROP -p udp", False),
    "another port": ("IN DROP -p tcp -dport 23:1000,443", False),
    "another network": ("IN DROP -source 192.0.2.0/24", False),
    "IPv6": ("IN DROP -source 2001:db8::/32", False),
    "another macro": ("IN Web(DROP)", False),
    "a set that is elsewhere": ("IN DROP -source +far", False),
    "what is switched off": ("|IN DROP", False),
    "what accepts": ("IN ACCEPT", False),
    "a group that is switched off": ("|GROUP strict", False),
    "ICMP": ("IN DROP -p icmp -icmp-type echo-request", False),
}


@pytest.mark.parametrize(("rule", "told"), DROPS.values(), ids=DROPS.keys())
@pytest.mark.parametrize("where", [MAIN, HOST, GUEST])
def test_a_rule_of_others_that_drops_before_ours(rule: str, told: bool, where: str) -> None:
    groups = f"{NAMES}[group strict]\n\nIN DROP -p tcp\n\n"
    ours = content(SSH)
    if where == GUEST:
        theirs = f"[RULES]\n\n{rule}\nGROUP guest-101\n"
        cluster = f"{groups}[group guest-101] # phoenix: web\n\n{SSH}\n"
        found = order.before_a_guests(theirs, GUEST, order.known(cluster), content("GROUP guest-101"))
    elif where == HOST:
        found = order.before_the_nodes(f"[RULES]\n\n{rule}\n", HOST, f"{groups}[RULES]\n\n{SSH}\n", MAIN, ours)
    else:
        found = order.before_the_nodes("", HOST, f"[RULES]\n\n\n{rule}\n{SSH}\n{groups}", MAIN, ours)
    if told:
        (each,) = found
        number = 4 if where == MAIN else 3
        assert each.startswith(f"{where}, line {number}: `")
        assert each.endswith(f"drops, in whole or in part, what comes later: `{SSH}`")
    elif where == GUEST and rule == "OUT DROP":
        assert found == [f"{GUEST}, line 3: `OUT DROP` drops what the guest itself sends"]
    else:
        assert found == []


def test_a_rule_of_others_behind_ours_is_no_danger() -> None:
    assert order.before_the_nodes("", HOST, f"[RULES]\n{SSH}\nIN DROP\n", MAIN, content(SSH)) == []


def test_a_rule_of_ours_is_judged_where_it_names_a_set() -> None:
    """All others the plan has judged, which cannot know what is in a set."""
    ours = ("IN DROP -source 10.0.0.9 # phoenix", "IN DROP -source +blocked # phoenix: known ones", SSH)
    (told,) = order.before_the_nodes("", HOST, NAMES + content(*ours), MAIN, content(*ours))
    assert "`IN DROP -source +blocked # phoenix: known ones` drops" in told


def test_a_policy_that_drops_what_a_guest_sends() -> None:
    (told,) = order.before_a_guests("[OPTIONS]\npolicy_out: DROP\n", GUEST, order.known(""), content("GROUP guest-101"))
    assert told == "101.fw: policy_out drops what the guest itself sends, unless a rule lets it out"


def test_a_node_whose_own_file_switches_its_firewall_off() -> None:
    (told,) = order.before_the_nodes("[OPTIONS]\nenable: 0\n", HOST, f"[RULES]\n{SSH}\n", MAIN, content(SSH))
    assert told == "host.fw: with `enable: 0` none of the node's rules holds"


def test_many_rules_that_are_dropped_are_counted() -> None:
    many = [SSH.replace("22", str(port)) for port in range(1, 6)]
    text = "[RULES]\nIN DROP\n" + "\n".join(many)
    (told,) = order.before_the_nodes("", HOST, text, MAIN, content(*many))
    assert told.count("IN ACCEPT") == 3
    assert told.endswith(" and 2 more")
