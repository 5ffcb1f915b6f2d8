"""The program's shape: which resources, in which order by construction, made of what."""

from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from phoenix.model import load
from phoenix.plan.every import specs
from tests.components import program
from tests.components.program import Program, Registered
from tests.plan.reference import ENVIRONMENTS, ROOT, as_json, reference, with_guest

STAGES = ("infrastructure", "swarm", "certificates", "distribution", "services", "gateways")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """The reference cluster's program."""
    return program.run(reference(), program.settings(tmp_path_factory.mktemp("settings")))


COUNTS = {
    "Lxc": 12,
    "Vm": 3,
    "Snapshot": 5,
    "Feature": 32,
    "NfsMount": 3,
    "TrustedRoot": 1,
    "AuthorityRoots": 1,
    "StackFiles": 3,
    "SwarmManager": 1,
    "SwarmWorker": 1,
    "NodeLabels": 1,
    "OverlayNetwork": 1,
    "Certificate": 8,
    "CertificateCopy": 6,
    "DockerSecret": 5,
    "SettingSecret": 1,
    "DockerConfig": 1,
    "SwarmStack": 1,
    "PortainerAdmin": 1,
    "PortainerEndpoint": 1,
    "PortainerStack": 2,
}


def test_how_many_of_each_kind(built: Program) -> None:
    counts = Counter(each.kind for each in built.resources)
    assert {kind: counts[kind] for kind in COUNTS} == COUNTS
    # DNS, firewall, Traefik, Nginx
    assert counts["FileSet"] == 4


def test_every_spec_of_the_plan_is_one_resource(built: Program) -> None:
    """Word for word, but for what flows from one resource to another; only the gates are the program's own."""
    resources = [each for each in built.resources if each.kind != "Gate"]
    planned = [as_json(each) for each in specs(built.plan)]
    for resource in resources:
        given = resource.static()
        same = [
            each
            for each in planned
            if {**each, **given} == each and each.keys() - given.keys() <= set(resource.flows_from)
        ]
        assert same, resource.name
        planned.remove(same[0])
    assert planned == []


def test_every_resource_is_in_a_stage_of_the_one_cluster(built: Program) -> None:
    (cluster,) = [each for each in built.all if each.kind == "ProxmoxCluster"]
    assert {each.name for each in built.all if each.parent == cluster.urn and not each.custom} >= set(STAGES)
    assert all(cluster.urn in built.parents(each) for each in built.resources)


def test_names_are_unique(built: Program) -> None:
    assert len({each.urn for each in built.all}) == len(built.all)
    names = Counter((each.kind, each.name) for each in built.all)
    assert [name for name, count in names.items() if count > 1] == []


def assert_behind(built: Program, later: list[Registered], earlier: list[Registered]) -> None:
    """Each of `later` waits for each of `earlier`."""
    assert later
    assert earlier
    wanted = {each.urn for each in earlier}
    for each in later:
        missing = wanted - built.behind(each)
        assert not missing, f"{each.name} does not wait for {sorted(missing)[0]}"


@pytest.mark.parametrize(("earlier", "later"), list(pairwise(STAGES)))
def test_a_stage_begins_when_the_one_before_is_complete(built: Program, earlier: str, later: str) -> None:
    assert_behind(built, built.inside(built.named(later)), built.inside(built.named(earlier)))


def test_what_a_resource_lists_as_awaited_does_not_grow_with_the_stages_before(built: Program) -> None:
    """The lists are in the state, which the engine writes down twice for each change."""
    for each in built.kinds("Certificate", "CertificateCopy", "DockerSecret"):
        # the gate, what its inputs come from, and what it would be taken away with
        assert len(each.waits_for) <= 4, each.name


OUTLIVED = {
    "stack-thinkheads_ai_app": (
        *("config-thinkheads_ai_app-configs-prod-env", "endpoint-drphoenix"),
        "volume-1002-/mnt/persistent/thinkheads_ai_app",
    ),
    "stack-portainer_service": ("secret-portainer_tls_cert", "volume-1001-/mnt/persistent/portainer"),
    "volume-1002-/mnt/persistent/thinkheads_ai_app": ("1002-drphoenix",),
    "endpoint-drphoenix": ("1002-drphoenix",),
    "swarm-worker-1002": ("1002-drphoenix",),
    "node-labels-1002": ("swarm-worker-1002",),
    "copy-drphoenix-agent-1002": ("certificate-drphoenix-agent", "1002-drphoenix"),
    "secret-portainer_tls_cert": ("certificate-portainer",),
}


@pytest.mark.parametrize("name", OUTLIVED)
def test_what_is_taken_away_together_goes_in_its_order(built: Program, name: str) -> None:
    """The engine orders deletions by direct dependencies: it does not look through a gate that stays."""
    (found,) = [each for each in built.resources if each.name == name]
    direct = {each.name for each in built.resources if each.urn in found.waits_for}
    assert direct >= {*OUTLIVED[name]}


def test_nothing_waits_for_itself(built: Program) -> None:
    assert [each.name for each in built.resources if each.urn in built.behind(each)] == []


def test_the_swarm_comes_behind_docker(built: Program) -> None:
    docker = [each for each in built.kinds("Feature") if each.inputs["feature"] == "docker"]
    assert [each.name for each in docker] == ["1001-portainer-docker", "1002-drphoenix-docker"]
    assert_behind(built, built.inside(built.named("swarm")), docker)


def test_certificates_come_behind_their_authority_and_the_swarm(built: Program) -> None:
    authority = [built.named("103-step-ca-step_ca")]
    assert_behind(built, built.kinds("Certificate"), authority)
    assert_behind(built, built.kinds("Certificate"), built.kinds("SwarmManager", "SwarmWorker"))


def test_all_are_issued_before_any_is_distributed(built: Program) -> None:
    assert_behind(built, built.kinds("CertificateCopy", "DockerSecret"), built.kinds("Certificate"))


def test_services_come_behind_every_copy_and_secret_and_the_gateways_last(built: Program) -> None:
    handed_out = built.kinds("CertificateCopy", "DockerSecret", "SettingSecret", "DockerConfig")
    portainer = [built.named("stack-portainer_service")]
    assert_behind(built, portainer, handed_out)
    assert_behind(built, built.kinds("PortainerAdmin"), portainer)
    assert_behind(built, built.kinds("PortainerEndpoint"), built.kinds("PortainerAdmin"))
    assert_behind(built, built.kinds("PortainerStack"), built.kinds("PortainerEndpoint"))
    routes, gateway = built.named("traefik-routes"), built.named("gateway")
    assert_behind(built, [routes], built.kinds("PortainerStack"))
    assert_behind(built, [gateway], [routes])
    assert [each.name for each in built.inside(built.named("gateways")) if gateway.urn in built.behind(each)] == []


@pytest.mark.parametrize(
    ("vmid", "waits"), [(103, (900,)), (101, (900, 103)), (1002, (9000, 1001, 103)), (801, (911, 1002))]
)
def test_a_guest_comes_behind_all_of_what_it_waits_for(built: Program, vmid: int, waits: tuple[int, ...]) -> None:
    inside = {each.name.partition("-")[0]: built.inside(each) for each in built.all if each.kind == "Guest"}
    for other in waits:
        assert_behind(built, inside[str(vmid)], inside[str(other)])


def test_dns_and_firewall_are_there_before_the_guests(built: Program) -> None:
    guests = built.kinds("Lxc", "Vm")
    assert_behind(built, guests, [built.named("dns"), built.named("firewall")])


def test_a_feature_comes_behind_the_one_listed_before_it(built: Program) -> None:
    listed = ["base_setup", "trusted_ca", "step_cli", "docker"]
    features = [built.named(f"1001-portainer-{name}") for name in listed]
    assert_behind(built, features, [each for each in built.kinds("Vm") if each.name == "1001-portainer"])
    for earlier, later in pairwise(features):
        assert_behind(built, [later], [earlier])


def test_a_template_is_frozen_when_it_is_complete(built: Program) -> None:
    for snapshot in built.kinds("Snapshot"):
        (guest,) = [each for each in built.all if each.urn == snapshot.parent]
        assert_behind(built, [snapshot], [each for each in built.inside(guest) if each is not snapshot])
    assert {each.inputs["vmid"] for each in built.kinds("Snapshot")} == {900, 901, 910, 911, 912}


def test_what_lives_in_a_guest_goes_with_it(built: Program) -> None:
    for each in built.kinds("Feature", "NfsMount", "Snapshot"):
        (guest,) = [one for one in built.kinds("Lxc", "Vm") if one.parent == each.parent]
        assert each.deleted_with == guest.urn


FLOWING = {
    "Feature": {"made_from"},
    "TrustedRoot": {"made_from"},
    "Certificate": {"root"},
    "CertificateCopy": {"fingerprint", "anchors"},
    "DockerSecret": {"fingerprint"},
    "SwarmStack": {"compose"},
    "PortainerStack": {"compose"},
    # an operator's command runs again when what it waits for changed
    "Command": {"triggers"},
}
"""Outputs are only what changes when the resource changes; addresses, names and paths come from the model."""


def test_inputs_are_static_but_for_what_a_change_must_touch(built: Program) -> None:
    for each in built.resources:
        assert set(each.flows_from) <= FLOWING.get(each.kind, set()), each.name
    assert any(each.flows_from for each in built.kinds("CertificateCopy"))


def test_a_copy_and_a_secret_change_with_their_own_certificate_only(built: Program) -> None:
    issued = {each.inputs["name"]: each.urn for each in built.kinds("Certificate")}
    for copy in built.kinds("CertificateCopy"):
        assert copy.flows_from["fingerprint"] == {issued[copy.inputs["name"]]}
    for secret in built.kinds("DockerSecret"):
        folder = secret.inputs["source"].split("/")[-2]
        assert secret.flows_from["fingerprint"] == {issued.get(folder, built.named("authority-roots").urn)}


def test_whoever_trusts_the_roots_follows_them_and_a_leaf_comes_from_the_one_that_issues(built: Program) -> None:
    roots = built.named("authority-roots")
    following = {each.name for each in built.resources for sources in each.flows_from.values() if roots.urn in sources}
    trusting = {each.name for each in built.kinds("Feature") if each.inputs["feature"] in ("trusted_ca", "step_cli")}
    bringing = {each.name for each in built.kinds("CertificateCopy") if "ca_path" in each.inputs}
    issued = {each.name for each in built.kinds("Certificate")}
    assert following == trusting | bringing | issued | {"node-trusted-root", "secret-portainer_tls_ca"}
    assert_behind(built, [roots], [built.named("103-step-ca-step_ca")])
    # trusted by every guest before a certificate of it exists
    assert_behind(built, built.kinds("Certificate"), [built.named(name) for name in trusting])


def test_only_a_stack_with_secrets_of_certificates_changes_with_them(built: Program) -> None:
    assert {name: bool(built.named(f"stack-{name}").flows_from) for name in reference_stacks()} == {
        "portainer_service": True,
        "qdrant_service": False,
        "thinkheads_ai_app": False,
    }


def reference_stacks() -> list[str]:
    return [stack.name for stack in reference().stacks]


def test_no_secret_is_an_input_in_plain_text(built: Program) -> None:
    secrets = tuple(program.SECRETS.values())
    for each in built.all:
        assert not [text for text in each.texts() if any(secret in text for secret in secrets)], each.name


def test_as_many_old_versions_stay_as_the_swarm_is_told(tmp_path: Path, built: Program) -> None:
    stores = ("DockerSecret", "SettingSecret", "DockerConfig")
    assert {each.inputs["keep"] for each in built.kinds(*stores)} == {1}
    swarm = reference().swarm.model_copy(update={"old_versions": 3})
    found = program.run(reference().model_copy(update={"swarm": swarm}), program.settings(tmp_path))
    assert [each.inputs["keep"] for each in found.kinds(*stores)] == [3] * len(built.kinds(*stores))


@pytest.mark.parametrize("protect", [True, False])
def test_guests_are_protected_as_the_stack_says(tmp_path: Path, protect: bool) -> None:
    own = with_guest(reference(), 914, protect=not protect)
    found = program.run(own, program.settings(tmp_path, protect=protect))
    for each in found.kinds("Lxc", "Vm"):
        wanted = protect if each.inputs["vmid"] != 914 else not protect
        assert (each.protect, each.inputs["protection"]) == (wanted, wanted)


@pytest.mark.parametrize("environment", ENVIRONMENTS[1:])
def test_every_environment_has_the_same_shape(tmp_path: Path, built: Program, environment: str) -> None:
    found = program.run(reference(environment), program.settings(tmp_path))
    # the application has files and a folder of its own in each
    own = ("DockerConfig", "Directory")
    shape = {(each.kind, each.name) for each in found.all if each.kind not in own}
    assert shape == {(each.kind, each.name) for each in built.all if each.kind not in own}
    assert len(found.kinds("Directory")) == len(built.kinds("Directory"))


def test_another_cluster_is_built_as_well(tmp_path: Path) -> None:
    """The model's small test cluster: other networks, names and stacks."""
    small = ROOT / "tests" / "model" / "small"
    found = program.run(load(small / "config", small / "stacks", "production"), program.settings(tmp_path))
    assert {each.inputs["vmid"] for each in found.kinds("Lxc", "Vm")} == {100, 101, 102, 103, 201, 202}
    for earlier, later in pairwise(STAGES):
        assert_behind(found, found.inside(found.named(later)), found.inside(found.named(earlier)))


def test_a_cluster_without_applications_workers_and_static_names_is_built(tmp_path: Path) -> None:
    cluster = with_guest(reference(), 1001, docker_stacks=())
    cluster = with_guest(cluster, 1002, docker_stacks=(), swarm=None, portainer=None, features=(), nfs=())
    swarm = cluster.swarm.model_copy(update={"networks": ()})
    dns = cluster.dns.model_copy(update={"records": ()})
    bare = cluster.model_copy(update={"swarm": swarm, "dns": dns, "stacks": ()})
    found = program.run(bare, program.settings(tmp_path))
    assert not found.kinds("SwarmWorker", "NodeLabels", "OverlayNetwork", "SwarmStack", "PortainerStack")
    assert_behind(found, [found.named("gateway")], found.kinds("Certificate"))


def test_everything_comes_behind_the_marker_that_says_whose_cluster_it_is(built: Program) -> None:
    (owner,) = built.kinds("Owner")
    assert not built.behind(owner)
    assert_behind(built, [each for each in built.resources if each is not owner], [owner])
