"""The reference cluster: it loads in every environment, and what went wrong with its data before stays right."""

import ipaddress
import re
from pathlib import Path

import pytest

from phoenix.features import step_ca
from phoenix.model import Cluster, ConfigurationError, DeployedBy, Scheme, Stack, VmGuest, load
from phoenix.model.placement import bound_directories
from phoenix.model.stack_labels import labelled_of, routers_of
from phoenix.pki.kinds import CertificateKind

ROOT = Path(__file__).resolve().parents[2]
CONFIG, STACKS = ROOT / "config", ROOT / "stacks"
ENVIRONMENTS = ("production", "testing", "development")

ADDRESSES = {
    101: "10.0.0.153",
    102: "10.0.0.12",
    103: "10.0.0.10",
    801: "10.0.0.141",
    802: "10.0.0.142",
    900: "10.0.0.200",
    901: "10.0.0.201",
    910: "10.0.0.220",
    911: "10.0.0.221",
    912: "10.0.0.222",
    914: "10.0.0.155",
    917: "10.0.0.157",
    1001: "10.0.0.111",
    1002: "10.0.0.102",
    9000: None,
}
RUNNING = {101, 102, 103, 801, 802, 914, 917, 1001, 1002}


@pytest.fixture(scope="module")
def cluster() -> Cluster:
    return load(CONFIG, STACKS, "production")


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_it_loads_in_every_environment(environment: str) -> None:
    assert load(CONFIG, STACKS, environment).environment == environment


def test_an_environment_called_prod_is_refused() -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(CONFIG, STACKS, "prod")
    assert {(each.field, each.value) for each in caught.value.problems} == {("environments", '"prod"')}
    assert len(caught.value.problems) == 3


def test_its_guests(cluster: Cluster) -> None:
    assert {each.vmid: each.ip and str(each.ip) for each in cluster.guests} == ADDRESSES
    assert {each.vmid for each in cluster.guests if each.running} == RUNNING
    assert {each.vmid for each in cluster.guests if each.template} == set(ADDRESSES) - RUNNING
    assert {each.vmid for each in cluster.guests if each.onboot} == RUNNING


def test_its_start_order(cluster: Cluster) -> None:
    order = {each.vmid: (each.boot.order, each.boot.delay) for each in cluster.guests if each.boot and each.onboot}
    late = dict.fromkeys((801, 802, 914, 917), (6, 5))
    assert order == {103: (1, 5), 101: (2, 5), 102: (3, 5), 1001: (4, 2), 1002: (5, 2), **late}


def test_its_roles(cluster: Cluster) -> None:
    holders = (
        cluster.gateway_guest,
        cluster.traefik,
        cluster.ca_guest,
        cluster.swarm_manager,
        cluster.portainer_primary,
        *cluster.swarm_workers,
        *cluster.portainer_agents,
    )
    assert [each.vmid for each in holders] == [101, 102, 103, 1001, 1001, 1002, 1002]
    assert [each.vmid for each in cluster.swarm_members] == [1001, 1002]
    worker = cluster.guest("drphoenix")
    assert isinstance(worker, VmGuest)
    assert worker.swarm is not None
    assert worker.swarm.labels == {"gpu": "false"}
    assert worker.portainer is not None
    assert worker.portainer.environment == "drphoenix"


def test_its_features(cluster: Cluster) -> None:
    features = {each.vmid: [str(feature.name) for feature in each.features] for each in cluster.guests}
    common = ["base_setup", "trusted_ca", "step_cli"]
    assert features == {
        900: ["base_setup"],
        901: ["nvidia"],
        910: ["nvidia", "vllm"],
        911: ["nvidia", "vllm"],
        912: ["nvidia", "vllm"],
        103: ["base_setup", "step_ca"],
        101: [*common, "nginx"],
        102: [*common, "traefik"],
        9000: [],
        1001: [*common, "docker"],
        1002: [*common, "docker"],
        801: ["vllm"],
        802: ["vllm"],
        914: ["nvidia", "ollama"],
        917: ["nvidia", "llamacpp"],
    }


def test_its_services(cluster: Cluster) -> None:
    services = {each.vmid: each.traefik_service for each in cluster.guests if each.traefik_service}
    assert {vmid: (each.name, each.port) for vmid, each in services.items()} == {
        801: ("granite-embedding", 8000),
        802: ("granite-3b", 8000),
        914: ("ollama", 11434),
        917: ("llamacpp", 8081),
        101: ("nginx", 443),
        103: ("ca", 9000),
        1001: ("portainer", 9443),
        1002: ("portainer-agent", 9001),
    }
    # spoken to without TLS these four answered nothing, and the gateway routed to itself
    assert {vmid for vmid, each in services.items() if each.scheme is Scheme.HTTPS} == {101, 103, 1001, 1002}
    assert {vmid for vmid, each in services.items() if each.direct} == {101, 103, 1002}


def test_its_certificates(cluster: Cluster) -> None:
    given = {each.name: (each.kind, [entry.guest for entry in each.distribution]) for each in cluster.certificates}
    assert {(each.lifetime_hours, each.renew_before_hours) for each in cluster.certificates} == {(24, 12)}
    server, client = CertificateKind.SERVER, CertificateKind.CLIENT
    assert given == {
        "nginx": (server, [101]),
        "portainer": (server, []),
        "traefik": (server, [102]),
        "drphoenix-agent": (server, [1002]),
        "docker-daemon": (server, [1001]),
        "traefik-client": (client, [102]),
        "nginx-gateway-client": (client, [101]),
        "portainer-client": (client, []),
    }


@pytest.mark.parametrize(("name", "vmid"), [("traefik", 102), ("drphoenix-agent", 1002), ("docker-daemon", 1001)])
def test_a_server_certificate_carries_the_address_of_its_own_guest(cluster: Cluster, name: str, vmid: int) -> None:
    certificate = cluster.certificate(name)
    assert set(certificate.names) - set(certificate.dns_names) == {cluster.guest(vmid).address}


def test_the_gateway_serves_every_environment_of_the_application() -> None:
    served = {}
    for environment in ENVIRONMENTS:
        cluster = load(CONFIG, STACKS, environment)
        (router,) = routers_of(labelled_of(cluster.stack("thinkheads_ai_app"), environment))
        (host,) = router.hosts
        served[environment] = host.removesuffix(".internal.thinkheads.ai")
        assert cluster.certificate("nginx").covers(host)
    assert served == {
        "production": "thinkheads",
        "testing": "testing.thinkheads",
        "development": "dev.thinkheads",
    }


def test_its_stacks(cluster: Cluster) -> None:
    assert {each.name: each.deployed_by for each in cluster.stacks} == {
        "portainer_service": DeployedBy.SWARM,
        "qdrant_service": DeployedBy.PORTAINER,
        "thinkheads_ai_app": DeployedBy.PORTAINER,
    }
    assert all(set(each.environments) == set(ENVIRONMENTS) for each in cluster.stacks)
    assert [each.stack.name for each in cluster.stacks_of(cluster.guest(1002))] == [
        "qdrant_service",
        "thinkheads_ai_app",
    ]


def test_every_published_port_is_on_its_host_and_no_service_has_a_virtual_address(cluster: Cluster) -> None:
    services = [(name, each) for stack in cluster.stacks for name, each in stack.compose["services"].items()]
    assert {name: each["deploy"]["endpoint_mode"] for name, each in services} == dict.fromkeys(
        ("portainer", "agent", "qdrant", "thinkheads_ai_app"), "dnsrr"
    )
    assert {port["mode"] for _, each in services for port in each["ports"]} == {"host"}


def _folders(cluster: Cluster, stack: Stack) -> tuple[str, ...]:
    found = bound_directories(stack, stack.environments[cluster.environment])
    assert not any(each.everywhere for each in found)
    return tuple(each.path for each in found)


def test_every_local_volume_lies_on_the_persistent_mount(cluster: Cluster) -> None:
    found = {each.name: _folders(cluster, each) for each in cluster.stacks}
    assert found == {
        "portainer_service": ("/mnt/persistent/portainer",),
        "qdrant_service": ("/mnt/persistent/qdrant",),
        "thinkheads_ai_app": ("/mnt/persistent/thinkheads_ai_app",),
    }


def test_portainer_reads_its_password_and_its_own_certificate_from_secrets(cluster: Cluster) -> None:
    """`--tls*` would set up its Docker client instead, and without the password file anybody could become admin."""
    portainer = cluster.stack("portainer_service").compose["services"]["portainer"]
    assert portainer["command"] == [
        "--sslcert=/run/secrets/portainer_tls_cert",
        "--sslkey=/run/secrets/portainer_tls_key",
        "--admin-password-file=/run/secrets/portainer_admin_password",
    ]


def test_only_the_ca_mounts_its_keys(cluster: Cluster) -> None:
    mounts = [(each.vmid, cluster.host_path(each, mount)) for each in cluster.containers for mount in each.mounts]
    assert [vmid for vmid, path in mounts if "/103/" in path] == [103]


SENSITIVE = re.compile(r"PASS|SECRET|TOKEN|KEY")


def test_no_secret_stands_in_any_file(cluster: Cluster) -> None:
    """A variable with such a name comes from a setting, and whatever takes it takes it from the variable."""
    for stack in cluster.stacks:
        variables = [each for environment in stack.environments.values() for each in environment.variables]
        assert [each.name for each in variables if SENSITIVE.search(each.name) and each.value is not None] == []
        assert [line for text in stack.contents.values() for line in text.splitlines() if SENSITIVE.search(line)] == []
        for service in stack.compose["services"].values():
            given = service.get("environment", {})
            assert {key: f"${{{key}}}" for key in given if SENSITIVE.search(key)}.items() <= given.items()
    secrets = {each.secret for stack in cluster.stacks for each in stack.environments["production"].variables}
    assert secrets - {None} == {"agentSecret", "databasePassword"}


def test_there_is_one_spelling_of_the_pool() -> None:
    assert not [path for path in CONFIG.rglob("*.yaml") if "/mnt/pve" in path.read_text(encoding="utf-8")]


def test_no_rule_stands_twice(cluster: Cluster) -> None:
    groups = [cluster.firewall.rules, *(each.firewall.rules for each in cluster.guests)]
    for rules in groups:
        bare = [rule.model_copy(update={"comment": ""}) for rule in rules]
        assert len(bare) == len(set(bare))


def test_the_pool_is_away_from_the_lan(cluster: Cluster) -> None:
    assert cluster.swarm.address_pool == ipaddress.ip_network("172.20.0.0/14")
    assert not cluster.swarm.address_pool.overlaps(cluster.node.lan)


def test_its_addresses_of_services_do_not_need_a_name(cluster: Cluster) -> None:
    assert (cluster.ca_url, cluster.portainer_url) == ("https://10.0.0.10:9000", "https://10.0.0.111:9443")


def test_the_ca_holds_its_feature(cluster: Cluster) -> None:
    assert [each.vmid for each in cluster.guests if each.has(step_ca.FEATURE)] == [103]
