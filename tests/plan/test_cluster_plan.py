"""The whole cluster as specs: all of them can be made, say what they are, and follow the choices of a stack."""

from collections import Counter

import pytest

from phoenix.model import Cluster, ConfigurationError, SwarmMember, load
from phoenix.plan.choices import Choices
from phoenix.plan.cluster import plan
from phoenix.plan.every import specs
from phoenix.plan.features import artifact_names
from phoenix.specs.artifact import Artifact
from phoenix.specs.guest import VmSpec
from phoenix.specs.inside import FeatureSpec
from phoenix.specs.spec import Spec
from tests.plan.reference import ENVIRONMENTS, ROOT, as_json, reference, with_guest, with_rules

SSL = "/quickOS/lxc-persistent-data/103/ssl"
SMALL = ROOT / "tests" / "model" / "small"
COUNTS = {
    "LxcSpec": 12,
    "VmSpec": 3,
    "SnapshotSpec": 5,
    "FeatureSpec": 32,
    "NfsMountSpec": 3,
    # behind mounts of containers, shared ones, volumes of stacks
    "DirectorySpec": 4 + 3 + 3,
    # DNS, firewall, Traefik, Nginx
    "FileSetSpec": 4,
    "StackFilesSpec": 3,
    "AuthorityRootsSpec": 1,
    "TrustedRootSpec": 1,
    "SwarmManagerSpec": 1,
    "SwarmWorkerSpec": 1,
    "NodeLabelsSpec": 1,
    "OverlayNetworkSpec": 1,
    "CertificateSpec": 8,
    "CertificateCopySpec": 6,
    "DockerSecretSpec": 5,
    "SettingSecretSpec": 1,
    "DockerConfigSpec": 1,
    "SwarmStackSpec": 1,
    "PortainerAdminSpec": 1,
    "PortainerEndpointSpec": 1,
    "PortainerStackSpec": 2,
    "OwnerSpec": 1,
    "ProtectionSpec": 1,
}


def every(cluster: Cluster, choices: Choices | None = None) -> list[Spec]:
    return list(specs(plan(cluster, choices or Choices())))


@pytest.fixture(scope="module", params=[*ENVIRONMENTS, "small"])
def planned(request: pytest.FixtureRequest) -> list[Spec]:
    """The reference cluster's specs in each environment, and the model's small test cluster's."""
    if request.param == "small":
        return every(load(SMALL / "config", SMALL / "stacks", "production"))
    return every(reference(request.param))


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_reference_cluster_can_be_planned(environment: str) -> None:
    assert Counter(type(each).__name__ for each in every(reference(environment))) == COUNTS


def test_every_spec_says_what_it_is_and_where(planned: list[Spec]) -> None:
    """Errors and previews begin with that."""
    assert [each for each in planned if not str(each).strip() or not each.host.strip()] == []
    assert [str(each) for each in planned if "\n" in f"{each}{each.host}" or type(each).__name__ in str(each)] == []


def test_no_two_specs_of_a_kind_are_called_the_same(planned: list[Spec]) -> None:
    names = Counter((type(each), str(each)) for each in planned)
    assert [name for name, count in names.items() if count > 1] == []


def test_every_spec_comes_back_from_the_engine_as_it_was(planned: list[Spec]) -> None:
    for each in planned:
        assert type(each).model_validate(as_json(each)) == each


def test_the_same_files_give_the_same_specs() -> None:
    again = load(ROOT / "config", ROOT / "stacks", "production")
    assert every(reference()) == every(reference()) == every(again)


def test_a_plan_knows_what_people_ask_for() -> None:
    found = plan(reference(), Choices())
    assert (found.name, found.ca_url) == ("phoenix", "https://10.0.0.10:9000")
    assert found.urls["portainer"] == "https://portainer.internal.thinkheads.ai"
    assert list(found.certificates) == [each.name for each in reference().certificates]
    assert set(found.services.by_swarm) | set(found.services.by_portainer) == {each.name for each in reference().stacks}


def test_guests_stand_behind_what_they_wait_for() -> None:
    infrastructure = plan(reference(), Choices()).infrastructure
    order = list(infrastructure.guests)
    assert sorted(order) == [each.vmid for each in reference().guests]
    for index, vmid in enumerate(order):
        assert set(infrastructure.waits_for[vmid]) <= set(order[:index])
    assert infrastructure.ca_guest == 103


def test_the_swarm() -> None:
    """Its members are called like the guests, and answer at the guests' addresses unless told otherwise."""
    found = plan(reference(), Choices()).swarm
    assert (found.manager.advertise_address, found.manager.pool_mask) == ("10.0.0.111", 24)
    assert str(found.manager.address_pool) == "172.20.0.0/14"
    workers = {vmid: (each.node_name, each.advertise_address) for vmid, each in found.workers.items()}
    assert workers == {1002: ("drphoenix", "10.0.0.102")}
    assert {vmid: (each.node_name, each.labels) for vmid, each in found.labels.items()} == {
        1002: ("drphoenix", {"gpu": "false"})
    }
    assert {name: (each.attachable, each.encrypted) for name, each in found.networks.items()} == {
        "traefik-public": (True, False)
    }
    member = SwarmMember.model_validate({"role": "worker", "advertise": "10.0.0.99"})
    other = plan(with_guest(reference(), 1002, swarm=member), Choices()).swarm
    assert (other.workers[1002].advertise_address, dict(other.labels)) == ("10.0.0.99", {})


def test_portainer() -> None:
    """Its API is asked at the primary's address, verified by the root on the node."""
    found = plan(reference(), Choices()).services
    server = found.admin.server
    assert (server.url, server.user, server.root_path) == (
        "https://10.0.0.111:9443",
        "admin",
        f"{SSL}/certs/root_ca.crt",
    )
    # the version is that of the image in its compose file; every member's engine is behind it
    assert found.admin.version == "2.23.0"
    assert [each.vmid for each in found.admin.engines] == [1001, 1002]
    (endpoint,) = found.endpoints.values()
    assert (endpoint.name, endpoint.endpoint_url, endpoint.server) == ("drphoenix", "tcp://10.0.0.102:9001", server)
    # the manager's agent first: the others find the Swarm through it
    assert [each.vmid for each in endpoint.agents] == [1001, 1002]
    assert {each.stack.endpoint for each in found.by_portainer.values()} == {"drphoenix"}


def test_the_authoritys_roots() -> None:
    """In the CA's guest, on the node, and trusted by the node."""
    infrastructure = plan(reference(), Choices()).infrastructure
    roots = infrastructure.roots
    assert (roots.authority.vmid, roots.steppath, roots.directory) == (103, SSL, "/etc/step-ca/ssl")
    assert (roots.certificates, roots.roots, roots.port) == ("/quickOS/certificates", (1,), 9000)
    assert roots.root_name == "ThinkHeads Internal CA Root CA"
    assert infrastructure.trusted_root.source == f"{SSL}/certs/root_ca.crt"
    assert str(infrastructure.trusted_root.target) == "node 10.0.0.13"


def test_what_guests_share_lies_on_the_node() -> None:
    shared = plan(reference(), Choices()).infrastructure.shared
    data = "/quickOS/vm-persistent-data"
    assert [each.path for each in shared] == ["/quickOS/portainer_stacks", f"{data}/1001", f"{data}/1002"]


@pytest.mark.parametrize(("protect", "other"), [(True, False), (False, True)])
def test_what_must_not_be_destroyed_is_named(protect: bool, other: bool) -> None:
    """By the stack's choice, unless a guest says so itself."""
    cluster = with_guest(reference(), 914, protect=other)
    found = plan(cluster, Choices(protect=protect))
    assert {vmid: each.protect for vmid, each in found.infrastructure.guests.items()} == {
        each.vmid: other if each.vmid == 914 else protect for each in cluster.guests
    }
    named = [f"guest {each.vmid} {each.name}" for each in cluster.guests if (each.vmid != 914) == protect]
    assert list(found.protection.protected) == named


CHOICES = Choices(
    owner="organization/phoenix/dev",
    ssh_public_key="ssh-ed25519 AAAA person",
    registry_mirror="https://mirror.example.test",
    admin_password_version="0123456789ab",
    artifacts={
        name: Artifact(version="1", url=f"https://mirror.example.test/{name}", sha256="0" * 64)
        for name in artifact_names(reference())
    },
)


def test_where_the_choices_of_a_stack_arrive() -> None:
    found = plan(reference(), CHOICES)
    features = [each for each in specs(found) if isinstance(each, FeatureSpec)]
    assert found.infrastructure.owner.owner == CHOICES.owner
    assert {each.ssh_public_key for each in specs(found) if isinstance(each, VmSpec)} == {CHOICES.ssh_public_key}
    mirrors = [each.options["registry_mirror"] for each in features if each.feature == "docker"]
    assert mirrors == [CHOICES.registry_mirror] * 2
    assert found.distribution.admin_password.name == "portainer_admin_password-0123456789ab"
    assert {name for each in features for name in each.artifacts} == set(CHOICES.artifacts)


def test_nothing_else_depends_on_them() -> None:
    """What is the same in every stack is not touched when one stack's settings change."""
    differing = [
        one.feature if isinstance(one, FeatureSpec) else type(one).__name__
        for one, other in zip(every(reference()), every(reference(), CHOICES), strict=True)
        if one != other
    ]
    downloading = {"step_ca", "step_cli", "traefik", "nvidia", "vllm", "ollama", "llamacpp"}
    assert set(differing) == {"OwnerSpec", "VmSpec", "SettingSecretSpec", "docker"} | downloading


def test_what_a_stack_mounts_exists_before_it_is_deployed() -> None:
    """The Docker secrets of compose files are among those that certificates and settings make."""
    found = plan(reference(), Choices())
    made = {base for each in found.certificates.values() for base in (*each.secrets, *each.root_secrets)}
    made |= {found.distribution.admin_password.base}
    assert {base for each in found.services.by_swarm.values() for base in each.secrets.values()} <= made
    assert {base for each in found.services.by_portainer.values() for base in each.secrets.values()} <= made
    portainer = found.services.by_swarm["portainer_service"]
    assert tuple(portainer.secrets.values()) == ("portainer_tls_cert", "portainer_tls_key", "portainer_admin_password")
    assert [(str(each.target), each.path) for each in portainer.volumes.values()] == [
        ("guest 1001", "/mnt/persistent/portainer")
    ]
    assert [*portainer.volumes] == ["1001-/mnt/persistent/portainer"]
    assert portainer.sources == {}


def test_a_stacks_file_is_made_anew_with_the_names_that_exist() -> None:
    portainer = plan(reference(), Choices()).services.by_swarm["portainer_service"]
    assert portainer.compose(portainer.secrets, {}) == portainer.stack.compose
    named = portainer.compose({key: f"{base}-1a2b" for key, base in portainer.secrets.items()}, {})
    assert [base for base in portainer.secrets if f"name: {base}-1a2b\n" not in named] == []


def test_nothing_is_planned_for_a_cluster_that_would_lock_its_operators_out() -> None:
    rule = {"direction": "in", "action": "DROP", "proto": "tcp", "ports": [22]}
    with pytest.raises(ConfigurationError, match="operators reach the node by SSH"):
        plan(with_rules(reference(), "node", rule), Choices())
