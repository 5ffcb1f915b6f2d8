"""What the gateway's settings make of the plan: firewall, packages, files."""

from typing import Any

import pytest

from phoenix.model import Cluster, ConfigurationError, Gateway
from phoenix.plan import connections, features, firewall, forwards, gateways
from tests.features.descriptions import parts
from tests.plan import fwfile
from tests.plan.reference import reference, with_rules

FORWARD = {"port": 2222, "guest": 1002, "guest_port": 1883}
OUTSIDE = "192.0.2.0/24"


def with_settings(**given: Any) -> Cluster:
    return reference().model_copy(update={"gateway": Gateway.model_validate(given)})


def let_in(cluster: Cluster, vmid: int) -> set[tuple[str | None, str]]:
    """Source and port of what the guest's firewall lets in."""
    rules = fwfile.read(firewall.files(cluster)["/etc/pve/firewall/cluster.fw"]).groups[f"guest-{vmid}"]
    return {(each.get("source"), each["dport"]) for each in rules if each["type"] == "in"}


def test_nothing_given_changes_nothing() -> None:
    assert firewall.files(with_settings()) == firewall.files(reference())
    assert gateways.plan(with_settings()) == gateways.plan(reference())


def test_a_port_that_is_passed_on_is_open_on_both_guests() -> None:
    cluster = with_settings(forwards=[FORWARD])
    operators = cluster.firewall.model_copy(update={"operators": (*cluster.firewall.operators, "198.51.100.0/24")})
    cluster = Cluster.model_validate(cluster.model_copy(update={"firewall": operators}).model_dump(by_alias=True))
    new = let_in(cluster, 101) - let_in(reference(), 101)
    assert {("10.0.0.0/24", "2222"), ("198.51.100.0/24", "2222")} <= new
    assert ("10.0.0.153", "1883") in let_in(cluster, 1002) - let_in(reference(), 1002)


@pytest.mark.parametrize("more", [{}, {"proxy_protocol_port": 8443}])
def test_a_trusted_proxy_reaches_the_gateway(more: dict[str, int]) -> None:
    cluster = with_settings(trusted_proxies={"networks": [OUTSIDE], **more})
    new = let_in(cluster, 101) - let_in(reference(), 101)
    assert new == {(OUTSIDE, str(more.get("proxy_protocol_port", 443)))}


DROPPED = [
    (101, {"forwards": [FORWARD]}, {"direction": "in", "proto": "tcp", "ports": [2222]}, "clients reach guest 1002"),
    (1002, {"forwards": [FORWARD]}, {"direction": "in", "source": "10.0.0.153"}, "the gateway passes port 2222 on"),
    (101, {"trusted_proxies": {"networks": [OUTSIDE]}}, {"direction": "in", "source": OUTSIDE}, "trusted proxies"),
]  # fmt: skip


@pytest.mark.parametrize(("vmid", "settings", "rule", "told"), DROPPED, ids=[each[3] for each in DROPPED])
def test_a_rule_that_drops_it_is_told(vmid: int, settings: dict[str, Any], rule: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        connections.check(with_rules(with_settings(**settings), vmid, {**rule, "action": "DROP"}))
    assert any(f"guest {vmid}: {told}" in each.allowed for each in caught.value.problems)


def test_the_module_is_installed_where_a_port_is_passed_on() -> None:
    cluster = with_settings(forwards=[FORWARD])

    def options(cluster: Cluster) -> dict[str, Any]:
        guest = cluster.gateway_guest
        (feature,) = (each for each in guest.features if each.name == "nginx")
        return features.options(cluster, guest, feature, registry_mirror="")

    assert (options(reference()), options(cluster)) == ({}, {"stream": True})
    labels = [each.label for each in parts("nginx", **options(cluster))]
    # before the unit, which would start without it
    assert labels.index("packages libnginx-mod-stream") < labels.index("unit nginx")
    assert "packages libnginx-mod-stream" not in [each.label for each in parts("nginx")]


def test_only_the_gateway_gets_the_module() -> None:
    other = reference().guest(102)
    (feature,) = (each for each in reference().gateway_guest.features if each.name == "nginx")
    assert features.options(with_settings(forwards=[FORWARD]), other, feature, registry_mirror="") == {}


def test_the_file_of_ports_is_there_only_with_ports() -> None:
    assert forwards.FORWARDS_PATH not in gateways.plan(reference()).gateway.files
    files = gateways.plan(with_settings(forwards=[FORWARD])).gateway.files
    assert "listen 2222;\n        proxy_pass 10.0.0.102:1883;" in files[forwards.FORWARDS_PATH].content
