"""Environments: what lies over the configuration comes of it, with its place; what cannot is told."""

from pathlib import Path
from typing import Any

import pytest

from phoenix.model import Cluster, LxcGuest, Model, VmGuest
from tests.model.broken import Broken
from tests.model.cases import environments
from tests.model.cases.environments import (
    EXTRA,
    HERE,
    OVER_CERTIFICATES,
    OVER_CLUSTER,
    OVER_FRONT,
    OVER_MANAGER,
    OVER_WORKER,
)
from tests.model.conftest import Workspace

COMPLETE = """type: lxc
vmid: 104
name: extra
source: {clone: 100}
cores: 1
memory_mb: 512
disk_gb: 8
storage: lxc-disks
network: {address: 192.0.2.14/24, gateway: 192.0.2.1, bridge: vmbr0}
"""


@pytest.mark.parametrize("case", environments.CASES, ids=lambda case: case.name)
def test_a_broken_environment_is_told(workspace: Workspace, case: Broken) -> None:
    for edit in case.edits:
        workspace.replace(*edit)
    workspace.assert_problems(case)


def at(workspace: Workspace, part: Model, *loc: str | int) -> str:
    """`config/cluster.yaml:5`, where a value of the cluster stands."""
    problem = workspace.load().problem(part, *loc, allowed="")
    return f"{Path(problem.file).relative_to(workspace.folder)}:{problem.line}"


def data(cluster: Cluster) -> dict[str, Any]:
    return cluster.model_dump(mode="json")


def test_maps_are_merged_and_lists_replaced(workspace: Workspace) -> None:
    before = workspace.load()
    workspace.write(
        OVER_CLUSTER, "node:\n  paths:\n    stacks: /pool/more/stacks\nfirewall:\n  operators: [192.0.2.8/29]\n"
    )
    after = workspace.load()
    assert after.node.paths == before.node.paths.model_copy(update={"stacks": "/pool/more/stacks"})
    assert [str(each) for each in after.firewall.operators] == ["192.0.2.8/29"]
    assert after.firewall.rules == before.firewall.rules
    assert after.ca == before.ca
    assert at(workspace, after, "node", "paths", "stacks") == f"{OVER_CLUSTER}:3"
    assert at(workspace, after, "node", "paths", "certificates") == "config/cluster.yaml:11"
    assert at(workspace, after, "firewall", "operators", 0) == f"{OVER_CLUSTER}:5"
    assert at(workspace, after, "firewall", "rules", 0, "ports") == "config/cluster.yaml:20"


def test_an_environment_without_a_folder_is_the_configuration_alone(workspace: Workspace) -> None:
    before = workspace.load()
    workspace.write("config/environments/testing/cluster.yaml", "node: {api_port: many}\n")
    assert data(workspace.load()) == data(before)


def test_a_guest_is_changed(workspace: Workspace) -> None:
    workspace.write(
        OVER_MANAGER,
        "memory_mb: 1024\ncloud_init: {user: tester}\nfeatures: [base_setup, trusted_ca, docker]\n"
        "traefik_service: null\n",
    )
    guest = workspace.load().guest(201)
    assert isinstance(guest, VmGuest)
    assert (guest.cores, guest.memory_mb, len(guest.features), guest.traefik_service) == (2, 1024, 3, None)
    assert guest.cloud_init is not None
    assert guest.cloud_init.user == "tester"


def test_a_guest_gets_another_vmid_and_name_and_keeps_its_file(workspace: Workspace) -> None:
    workspace.write(OVER_WORKER, "vmid: 1202\nname: Worker-Test\n")
    cluster = workspace.load()
    assert cluster.guest("worker-test").vmid == 1202
    with pytest.raises(KeyError):
        cluster.guest(202)
    assert at(workspace, cluster.guest(1202), "vmid") == f"{OVER_WORKER}:1"
    assert at(workspace, cluster.guest(1202), "cores") == "config/guests/202-worker.yaml:5"


def test_a_guest_is_added(workspace: Workspace) -> None:
    workspace.write(EXTRA, COMPLETE)
    cluster = workspace.load()
    assert isinstance(cluster.guest(104), LxcGuest)
    assert at(workspace, cluster.guest(104), "cores") == f"{EXTRA}:5"


def test_a_guest_is_left_out(workspace: Workspace) -> None:
    workspace.write("config/guests/104-extra.yaml", COMPLETE)
    assert 104 in [each.vmid for each in workspace.load().guests]
    workspace.write(EXTRA, "remove: true\n")
    assert [each.vmid for each in workspace.load().guests] == [100, 101, 102, 103, 201, 202]


def test_a_guest_that_is_left_out_is_missed_where_it_is_needed(workspace: Workspace) -> None:
    workspace.write(OVER_FRONT.replace("101-front", "103-authority"), "remove: true\n")
    told = [(each.file, each.field) for each in workspace.problems()]
    assert ("config/guests/101-front.yaml", "depends_on[0]") in told


def test_entries_with_names_are_changed_added_and_left_out(workspace: Workspace) -> None:
    workspace.write(
        OVER_CERTIFICATES,
        "certificates:\n  front: {lifetime_hours: 12, kind: both}\n  extra:\n    common_name: extra.example.test\n"
        "    docker_secrets: {certificate: extra_cert, key: extra_key}\n  front-client: null\n",
    )
    cluster = workspace.load()
    assert [each.name for each in cluster.certificates] == ["front", "portainer", "router", "extra"]
    front, extra = cluster.certificate("front"), cluster.certificate("extra")
    assert (front.lifetime_hours, front.common_name) == (12, "front.example.test")
    for part, loc, place in (
        (front, ("lifetime_hours",), f"{OVER_CERTIFICATES}:2"),
        (front, ("common_name",), "config/certificates.yaml:3"),
        (extra, ("common_name",), f"{OVER_CERTIFICATES}:4"),
        (extra, ("name",), f"{OVER_CERTIFICATES}:3"),
    ):
        assert at(workspace, part, *loc) == place


def test_values_behind_anchors_and_merge_keys_are_overlaid(workspace: Workspace) -> None:
    workspace.replace("config/cluster.yaml", "  storages: {lxc", "  storages: &all {lxc")
    workspace.write(
        OVER_CLUSTER,
        "node:\n  storages: &more\n    lxc: fast\n  paths:\n    <<: {stacks: /pool/a/b}\n    certificates: /c\n",
    )
    cluster = workspace.load()
    assert (cluster.node.storages.lxc, cluster.node.storages.vm) == ("fast", "vm-disks")
    assert (str(cluster.node.paths.stacks), str(cluster.node.paths.certificates)) == ("/pool/a/b", "/c")


def test_a_file_that_only_the_environments_have(workspace: Workspace) -> None:
    whole = (workspace.folder / "config/cluster.yaml").read_text()
    before = workspace.load()
    (workspace.folder / "config/cluster.yaml").unlink()
    (workspace.folder / HERE).mkdir(parents=True)
    workspace.write(OVER_CLUSTER, whole)
    (workspace.folder / "config/guests").rename(workspace.folder / HERE / "guests")
    after = workspace.load()
    assert data(after) == data(before)
    assert at(workspace, after.guest(101), "cores") == f"{OVER_FRONT}:6"
