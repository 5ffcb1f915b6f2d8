"""The lab's firewall takes the rules that a real node takes, and leaves out what that leaves out."""

from pathlib import Path

import pytest

from lab.inside import fwfile, fwrules, pve_firewall
from lab.tree import SOURCE

UNIT = SOURCE / "node/etc/systemd/system/pve-firewall.service"
SIXTEEN = ",".join(str(port) for port in range(1, 17))


def read(tmp_path: Path, *rules: str) -> fwfile.Firewall:
    """A cluster's file with one security group of these rules, which its own guest refers to."""
    file = tmp_path / "cluster.fw"
    file.write_text("\n".join(["[OPTIONS]", "enable: 1", "[group guest-101]", *rules]))
    return fwfile.read(file)


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("IN DROP -i net0 -p tcp", "parameter -i not allowed for this rule type"),
        (f"IN DROP -p tcp -dport {SIXTEEN}", "too many entries in port list (> 15 numbers)"),
        (f"IN DROP -p tcp -dport {','.join(f'{n}00:{n}50' for n in range(1, 9))}", "too many entries in port list"),
    ],
    ids=["interface in a group", "sixteen ports", "eight ranges"],
)
def test_a_rule_that_proxmox_drops_is_dropped_alone(tmp_path: Path, rule: str, reason: str) -> None:
    found = read(tmp_path, rule, "IN ACCEPT -p tcp -dport 80")
    (dropped,) = found.dropped
    assert dropped.startswith("cluster.fw (line 4) - ")
    assert reason in dropped
    assert [each["dport"] for each in found.conf["groups"]["guest-101"]] == ["80"]


def test_fifteen_port_numbers_are_taken(tmp_path: Path) -> None:
    ports = "1,2,3,10:20,30:40,50:60,70:80,90:91,100:110"
    found = read(tmp_path, f"IN ACCEPT -p tcp -dport {ports}")
    assert found.dropped == []
    guest = fwrules.Protected(101, fwfile.Firewall({**found.conf, "rules": []}), {"net0": "10.0.0.5"})
    guest.firewall.conf["rules"] = [{"type": "group", "action": "guest-101", "enable": 1}]
    assert "tcp dport { 1, 2, 3, 10-20" in fwrules.ruleset(found, [guest])


def test_a_reload_keeps_the_rules_and_a_stop_takes_them_away() -> None:
    """As the unit of a real node: `systemctl restart` stops first, `systemctl reload` replaces what is loaded."""
    unit = dict(line.split("=", 1) for line in UNIT.read_text().splitlines() if "=" in line)
    called = {key: pve_firewall.PATHS[unit[key].rpartition(" ")[2]] for key in ("ExecReload", "ExecStop")}
    assert called == {"ExecReload": ("POST", "start"), "ExecStop": ("POST", "stop")}
    loaded = fwrules.ruleset(fwfile.Firewall(), [])
    assert loaded.splitlines()[:2] == ["table inet pvefw {}", "delete table inet pvefw"]


def test_the_nodes_own_rules_come_before_the_clusters(tmp_path: Path) -> None:
    """PVE::Firewall, enable_host_firewall: "add host rules first, so that cluster wide rules can be overwritten"."""
    (tmp_path / "cluster.fw").write_text(
        "[OPTIONS]\nenable: 1\n[ALIASES]\nOffice 192.0.2.1\n[RULES]\nIN ACCEPT -p esp\n"
    )
    (tmp_path / "host.fw").write_text("[OPTIONS]\nnosmurfs: 1\n[RULES]\nIN DROP -source office\n[group x]\nIN ACCEPT\n")
    cluster = fwfile.read(tmp_path / "cluster.fw")
    host = fwfile.read(tmp_path / "host.fw", cluster, "host")
    assert [each.partition(" - ")[2] for each in host.dropped] == ["ignore section 'group x'"]
    rules = fwrules.ruleset(cluster, [], host)
    assert 0 < rules.index("ip saddr 192.0.2.1 counter drop") < rules.index("meta l4proto esp counter accept")


def test_a_group_is_known_by_its_name_in_lower_case(tmp_path: Path) -> None:
    file = tmp_path / "cluster.fw"
    file.write_text("[group Web]\nIN ACCEPT\n[RULES]\nGROUP web\nGROUP Web\n")
    found = fwfile.read(file)
    assert [each.partition(" - ")[2] for each in found.dropped] == ["no such security group 'Web'"]


def test_an_alias_is_known_from_its_line_on(tmp_path: Path) -> None:
    """PVE::Firewall, generic_fw_config_parser verifies each rule as it reads it; a group may come later."""
    file = tmp_path / "cluster.fw"
    file.write_text("[RULES]\nGROUP web\nIN ACCEPT -source office\n[ALIASES]\noffice 192.0.2.1\n[group web]\n")
    (dropped,) = fwfile.read(file).dropped
    assert dropped.startswith("cluster.fw (line 3) - ")
    assert "no such alias 'office'" in dropped


def test_a_protocol_without_ports_becomes_a_rule(tmp_path: Path) -> None:
    file = tmp_path / "cluster.fw"
    file.write_text("[OPTIONS]\nenable: 1\n[RULES]\nIN ACCEPT -source 10.0.0.5 -p esp\n")
    assert "ip saddr 10.0.0.5 meta l4proto esp counter accept" in fwrules.ruleset(fwfile.read(file), [])
