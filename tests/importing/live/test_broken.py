"""A cluster that answers for a part of itself, or says what no configuration can: it is told, and never dropped."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from phoenix.importing.error import ImportingError
from phoenix.importing.live.answers import Answers, answer, numbered
from phoenix.importing.live.configuration import configuration
from phoenix.importing.live.run import import_live
from phoenix.importing.old import OldFile
from tests.importing.live.answering import answers, changed
from tests.plan.reference import reference

FW, DNS = "/etc/pve/firewall/cluster.fw", "/etc/dnsmasq.d/00-phoenix-internal.conf"
ENVIRONMENT = "production"


@pytest.fixture
def cluster() -> Answers:
    """Everything of the reference cluster."""
    return answers(reference())


def run(given: Answers, target: Path) -> str:
    """The report."""
    return import_live(given, target, ENVIRONMENT)[0]


def read(target: Path, name: str) -> Any:
    return YAML(typ="safe").load((target / name).read_text())


def with_config(given: Answers, vmid: int, **keys: str) -> Answers:
    """The guest with other keys at Proxmox."""
    config = {**given.guests[vmid].data["config"], **keys}
    return changed(given, f"guest/{vmid}", {"config": config})


def with_lines(given: Answers, path: str, *lines: str, before: str) -> Answers:
    """A file of the node with more lines, in front of the first that begins so."""
    held = list(given.texts[path].data["lines"])
    index = next(n for n, line in enumerate(held) if line.startswith(before))
    text = "\n".join([*held[:index], *lines, *held[index:]])
    return replace(given, texts={**given.texts, path: numbered(path, text)})


def test_every_answer_is_in_the_ledger(cluster: Answers) -> None:
    made = configuration(cluster, ENVIRONMENT, {})
    unknown = [leaf.place for file in cluster.files for leaf in file.top.leaves() if not made.ledger.is_known(leaf)]
    assert unknown == []


def test_a_guest_that_did_not_answer_is_missing_and_the_rest_is_there(cluster: Answers, tmp_path: Path) -> None:
    guests = {vmid: each for vmid, each in cluster.guests.items() if vmid != 914}
    said = "guest 914 (ollama-gpu0), at Proxmox: 10.0.0.13: no answer within 30 s"
    report = run(replace(cluster, guests=guests, missing=(said,)), tmp_path)
    assert f"- {said}" in report
    assert "the route ollama: no guest of the configuration has its server's address" in report
    assert not (tmp_path / "config/guests/914-ollama-gpu0.yaml").exists()
    assert (tmp_path / "config/guests/917-llamacpp-gpu0.yaml").exists()


def test_without_what_every_cluster_has_nothing_is_written_and_what_is_missing_is_told(
    cluster: Answers, tmp_path: Path
) -> None:
    guests = {vmid: each for vmid, each in cluster.guests.items() if vmid not in (101, 103)}
    given = replace(cluster, guests=guests, authority=None, missing=("the certificate authority: no guest answers",))
    with pytest.raises(ImportingError) as error:
        run(given, tmp_path)
    assert "one guest must be the CA; none is" in str(error.value)
    assert "one guest must be the gateway; none is" in str(error.value)
    assert "the certificate authority: no guest answers" in str(error.value)
    assert not [*tmp_path.iterdir()]


def test_a_node_that_does_not_tell_its_address(cluster: Answers, tmp_path: Path) -> None:
    node = answer("node", {key: value for key, value in cluster.node.data.items() if key != "address"})
    with pytest.raises(ImportingError, match="a node that tells its address: by `ip addr`"):
        run(replace(cluster, node=node), tmp_path)


def test_nothing_is_written_over_what_is_there(cluster: Answers, tmp_path: Path) -> None:
    run(cluster, tmp_path)
    with pytest.raises(ImportingError, match=r"config/cluster.yaml:1: file: no file there: .*--force"):
        run(cluster, tmp_path)
    import_live(cluster, tmp_path, ENVIRONMENT, force=True)


@pytest.mark.parametrize(
    ("vmid", "keys", "why"),
    [
        (914, {"net0": "name=eth0,bridge=vmbr0,ip=dhcp"}, "it runs, and has its address by DHCP"),
        (914, {"net0": "name=wan,bridge=vmbr0,ip=10.0.0.155/24"}, "its first network card is called wan"),
        (914, {"net0": "name=eth0,bridge=vmbr0,ip=10.9.0.155/24"}, "10.9.0.155/24 is not in the node's network"),
        (914, {"net0": "name=eth0,bridge=vmbr0,ip=10.0.0.13/24"}, "is the node's, its gateway's"),
        (914, {"net0": "name=eth0,bridge=vmbr0,ip=10.0.0.155/24,gw=10.9.0.1"}, "its gateway 10.9.0.1 is not in"),
        (914, {"net0": "name=eth0,bridge=VMBR0,ip=10.0.0.155/24"}, "its first network card is at no bridge"),
        (914, {"hostname": "under_score"}, "its name is 'under_score'"),
        (914, {"hostname": "llamacpp-gpu0"}, "has its name, and DNS knows one of each"),
        (914, {"memory": "8"}, "memory of less than 16 MiB"),
        (9000, {"boot": "order=nvme0", "scsi0": "none,media=cdrom"}, "the disk that it boots from is not there"),
    ],
)
def test_a_guest_that_cannot_be_said_stays_and_is_told(
    cluster: Answers, tmp_path: Path, vmid: int, keys: dict[str, str], why: str
) -> None:
    report = run(with_config(cluster, vmid, **keys), tmp_path)
    missing = report.partition("## Missing")[2].partition("## ")[0]
    told = [line for line in missing.splitlines() if why in line and "which stays as it is: " in line]
    assert len(told) == 1, missing


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ({"ipconfig0": ""}, "cloud-init gives it no IPv4 address"),
        ({"ciuser": ""}, "cloud-init gives it no user"),
        ({"agent": "0"}, "its guest agent is off"),
    ],
)
def test_a_machine_that_nobody_reaches_stays_and_is_told(cluster: Answers, keys: dict[str, str], why: str) -> None:
    made = configuration(with_config(cluster, 1002, **keys), ENVIRONMENT, {})
    assert [
        each for each in made.ledger.missing if each.startswith("guest 1002 (drphoenix), which stays") and why in each
    ]


def test_rules_that_cannot_be_said_are_told_with_their_line(cluster: Answers, tmp_path: Path) -> None:
    ours = ("IN ACCEPT -m limit # phoenix", "IN ACCEPT -source guest/x -p tcp # phoenix: x")
    theirs = ("|IN ACCEPT -p tcp -dport 81", "IN ACCEPT -p tcp -dport 82 # theirs", "GROUP web")
    report = run(with_lines(cluster, FW, *ours, *theirs, before="IN ACCEPT -p tcp -dport 80"), tmp_path)
    for line in ours:
        assert f"`{line.partition(' #')[0]}`: the configuration has no word for it" in report
    beside = report.partition("it is of others, and stays beside the product's part")[2]
    for line in theirs:
        assert line in beside
    rules = read(tmp_path, "config/cluster.yaml")["firewall"]["rules"]
    assert all(not {81, 82} & {*rule.get("ports", ())} for rule in rules)


def test_groups_of_others_that_the_product_names_are_named(cluster: Answers, tmp_path: Path) -> None:
    run(with_lines(cluster, FW, "GROUP web # phoenix", before="IN ACCEPT -p tcp -dport 80"), tmp_path)
    assert read(tmp_path, "config/cluster.yaml")["firewall"]["groups"] == ["web"]


def test_rules_with_macros_and_source_ports_are_said(cluster: Answers, tmp_path: Path) -> None:
    lines = ("IN SSH(ACCEPT) -source +desks -log info # phoenix: x", "IN DROP -p udp -sport 67,68 # phoenix")
    run(with_lines(cluster, FW, *lines, before="IN ACCEPT -p tcp -dport 80"), tmp_path)
    assert read(tmp_path, "config/cluster.yaml")["firewall"]["rules"][:2] == [
        {"direction": "in", "action": "ACCEPT", "macro": "SSH", "source": "+desks", "log": "info", "comment": "x"},
        {"direction": "in", "action": "DROP", "proto": "udp", "source_ports": [67, 68]},
    ]


def test_aliases_and_sets_of_the_firewall_are_told(cluster: Answers, tmp_path: Path) -> None:
    report = run(with_lines(cluster, FW, "[ALIASES]", "mine 10.0.0.9", before="[RULES]"), tmp_path)
    assert "| /etc/pve/firewall/cluster.fw:6 | lines[5] | mine 10.0.0.9 |" in report


def test_a_guest_whose_firewall_has_another_policy_keeps_its_file(cluster: Answers, tmp_path: Path) -> None:
    path = "/etc/pve/firewall/914.fw"
    report = run(with_lines(cluster, path, "policy_in: ACCEPT", before="[RULES]"), tmp_path)
    assert "the firewall of guest 914: its policies are others than Proxmox' own" in report
    assert "firewall" not in read(tmp_path, "config/guests/914-ollama-gpu0.yaml")


def test_names_that_follow_from_nothing_are_records_and_others_are_told(cluster: Answers, tmp_path: Path) -> None:
    lines = (
        "host-record=printer.internal.thinkheads.ai,10.0.0.77",
        "address=/x.lan/10.0.0.9",
        "cache-size=9",
        "server=9.9.9.9",
    )
    given = with_lines(cluster, DNS, *lines, before="server=")
    other = "/etc/dnsmasq.d/90-theirs.conf"
    given = replace(given, texts={**given.texts, other: numbered(other, "host-record=y.lan,10.0.0.8")})
    report = run(given, tmp_path)
    dns = read(tmp_path, "config/cluster.yaml")["dns"]
    assert {"name": "printer", "address": "10.0.0.77"} in dns["records"]
    assert "9.9.9.9" in dns["upstreams"]
    for line in (*lines[1:3], "host-record=y.lan,10.0.0.8"):
        assert line in report


def stack(given: Answers, name: str, **data: Any) -> Answers:
    """With another stack, or another version of one."""
    usual: dict[str, Any] = {"deployed_by": "swarm", "ours": False, "variables": {}, "settings": {}}
    usual |= {"configs": {}, "secrets": {}, "data": {"services": {"one": {"image": "x"}}}}
    known = given.stacks[name].data if name in given.stacks else usual
    made: dict[str, OldFile] = {**given.stacks, name: answer(f"stacks/{name}", {**known, **data})}
    return replace(given, stacks=made)


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("theirs", {}, "the product calls it theirs-production, and would deploy another one beside it"),
        ("x-testing", {"ours": True}, "it belongs to another environment than production"),
        ("Big-production", {}, "a stack's name has small letters"),
        ("x-production", {"data": None}, "nothing tells the file that it was deployed from"),
        ("x-production", {"endpoint": "nowhere"}, "no machine of the configuration has its environment"),
        (
            "x-production",
            {"data": {"services": {"one": {"image": "x", "volumes": 7}}}},
            "its file is not understood",
        ),
        (
            "x-production",
            {"data": {"services": {"one": {"image": "x", "unknown_key": 1}}}},
            "the product takes no such file",
        ),
        (
            "x-production",
            {"data": {"services": {"one": {"image": "x"}}, "configs": {"c": {"external": True}}}},
            "its Docker config c is none that the product made",
        ),
        (
            "x-production",
            {"data": {"services": {"one": {"image": "x", "command": "--password=Ux5Rg7Ym2Bt0"}}}},
            "what looks like a secret outside of a service's environment",
        ),
    ],
)
def test_a_stack_that_cannot_be_said_stays_and_is_told(
    cluster: Answers, tmp_path: Path, name: str, data: dict[str, Any], why: str
) -> None:
    report = run(stack(cluster, name, **data), tmp_path)
    assert f"- the stack {name}, which stays as it is: " in report
    assert why in report
    assert "Ux5Rg7Ym2Bt0" not in report
    assert (tmp_path / "stacks/qdrant_service/stack.yaml").exists()


def test_a_secret_in_a_service_becomes_a_variable(cluster: Answers, tmp_path: Path) -> None:
    data = {"services": {"one": {"image": "x", "environment": ["API_KEY=Ux5Rg7Ym2Bt0"]}, "two": {"image": "x"}}}
    report = run(stack(cluster, "x-production", data=data), tmp_path)
    assert "pulumi config set --secret phoenix:xApiKey" in report
    assert read(tmp_path, "stacks/x/compose.yaml")["services"]["one"]["environment"] == ["API_KEY=${API_KEY}"]
    variables = read(tmp_path, "stacks/x/stack.yaml")["environments"][ENVIRONMENT]["variables"]
    assert variables == [{"name": "API_KEY", "secret": "xApiKey"}]
    written = [path.read_text() for path in tmp_path.rglob("*") if path.is_file()]
    assert [text for text in (report, *written) if "Ux5Rg7Ym2Bt0" in text] == []


def test_a_placement_that_is_not_the_usual_one_is_said(cluster: Answers, tmp_path: Path) -> None:
    pinned = {"image": "x", "deploy": {"placement": {"constraints": ["node.hostname == Portainer"]}}}
    run(stack(cluster, "x-production", data={"services": {"one": pinned}}), tmp_path)
    assert read(tmp_path, "stacks/x/stack.yaml")["placement"] == "pinned"
    assert read(tmp_path, "stacks/x/compose.yaml")["services"]["one"] == {"image": "x", "deploy": {}}
    run(stack(cluster, "y-production", data={"services": {"one": pinned, "two": {"image": "x"}}}), tmp_path / "y")
    assert read(tmp_path / "y", "stacks/y/stack.yaml")["placement"] == "swarm"
    assert read(tmp_path / "y", "stacks/y/compose.yaml")["services"]["one"] == pinned


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"copies": [], "secrets": {}}, "nobody that answers has a copy of it"),
        ({"common_name": ""}, "it has no common name"),
        ({"key_type": "ed25519"}, "its key is of a type that the product makes none of: ed25519"),
    ],
)
def test_a_certificate_that_cannot_be_said_stays_and_is_told(
    cluster: Answers, tmp_path: Path, change: dict[str, Any], why: str
) -> None:
    report = run(changed(cluster, "certificates/portainer-client", change), tmp_path)
    assert "- the certificate portainer-client, which stays as it is: " in report
    assert why in report
    names = [each["name"] for each in read(tmp_path, "config/certificates.yaml")["certificates"]]
    assert "portainer-client" not in names


def test_routes_that_no_guest_offers_are_told(cluster: Answers, tmp_path: Path) -> None:
    assert cluster.routes is not None
    data = cluster.routes.data
    two = {"loadBalancer": {"servers": [{"url": "http://10.0.0.9:1"}, {"url": "http://10.0.0.155:2"}]}}
    more = {"away": {"rule": "Host(`away.internal.thinkheads.ai`)", "service": "away"}}
    routes = answer(
        "traefik/102", {**data, "routers": {**data["routers"], **more}, "services": {**data["services"], "away": two}}
    )
    report = run(replace(cluster, routes=routes), tmp_path)
    assert "- the route away: a service of a guest has one host name and one server" in report


def test_a_feature_that_is_there_in_part_is_told_and_one_that_a_role_needs_is_listed(
    cluster: Answers, tmp_path: Path
) -> None:
    part = {"features": {"base_setup": ["packages x"], "nginx": ["file /var/www/html/index.html"]}}
    inside = {**cluster.guests[101].data["inside"], **part}
    report = run(changed(cluster, "guest/101", {"inside": inside}), tmp_path)
    assert read(tmp_path, "config/guests/101-nginx-phoenix.yaml")["features"] == ["nginx"]
    assert "base_setup is there in part" in report
    assert "the first `up` makes these parts of it" in report


def test_a_share_with_other_options_is_told(cluster: Answers, tmp_path: Path) -> None:
    inside = cluster.guests[1002].data["inside"]
    shares = [{**each, "as_ours": False} for each in inside["nfs"]]
    shares.append({"source": "nas:/x", "mount_point": "/x", "as_ours": True})
    report = run(changed(cluster, "guest/1002", {"inside": {**inside, "nfs": shares}}), tmp_path)
    assert "the first `up` mounts it anew" in report
    assert "only a machine's share from an IPv4 address can be said; it stays mounted" in report
    assert len(read(tmp_path, "config/guests/1002-drphoenix.yaml")["nfs"]) == len(shares) - 1


@pytest.mark.parametrize("is_ours", [True, False])
def test_a_machine_that_knows_another_key_is_told(cluster: Answers, tmp_path: Path, is_ours: bool) -> None:
    given = changed(cluster, "guest/1002", {"key_is_ours": is_ours})
    report = run(with_config(given, 1002, sshkeys="ssh-ed25519%20AAAA%20me"), tmp_path)
    assert ("cloud-init gives it another key than that of sshKey" in report) == (not is_ours)


def test_what_two_guests_could_be_is_one_and_told(cluster: Answers, tmp_path: Path) -> None:
    inside = cluster.guests[914].data["inside"]
    units = [*inside["units"], "nginx"]
    report = run(changed(cluster, "guest/914", {"inside": {**inside, "units": units}}), tmp_path)
    assert "one guest has the role gateway: 101, which most names lead to; nginx runs in 914, too" in report
    assert read(tmp_path, "config/guests/101-nginx-phoenix.yaml")["roles"] == ["gateway"]
