"""Options of features: each is what its class in `phoenix.features` takes, and says what follows from the cluster."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from phoenix.features.registry import FEATURES
from phoenix.model import CertificateAuthority, Feature, Mount
from phoenix.plan import features
from tests.plan.reference import ENVIRONMENTS, reference, with_guest

ROOT = "/quickOS/lxc-persistent-data/103/ssl/certs/root_ca.crt"
CA = "https://10.0.0.10:9000"
MIRROR = "https://mirror.example.test"
GIVEN = [(guest.vmid, str(feature.name)) for guest in reference().guests for feature in guest.features]


def options(vmid: int, name: str, mirror: str = "") -> dict[str, Any]:
    cluster = reference()
    guest = cluster.guest(vmid)
    feature = next(each for each in guest.features if each.name == name)
    return features.options(cluster, guest, feature, registry_mirror=mirror)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_options_are_what_existing_states_hold(environment: str) -> None:
    """Lines `VMID FEATURE JSON`; whatever differs here is an update of every cluster that there is."""
    cluster = reference(environment)
    found = [
        f"{guest.vmid} {each.name} {json.dumps(features.options(cluster, guest, each, registry_mirror=MIRROR))}"
        for guest in cluster.guests
        for each in guest.features
    ]
    assert found == (Path(__file__).parent / "feature_options.txt").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize(("vmid", "name"), GIVEN)
def test_every_features_options_are_valid(vmid: int, name: str) -> None:
    FEATURES[name].options.model_validate(options(vmid, name))


WANTED: list[tuple[int, str, str, dict[str, Any]]] = [
    (900, "base_setup", "", {}),
    (101, "trusted_ca", "", {"root": ROOT}),
    (1001, "step_cli", "", {"root": ROOT, "ca_url": CA}),
    (102, "traefik", "", {"trusted_ips": ["10.0.0.153"]}),
    (1001, "docker", "", {"dns": ["10.0.0.13"], "registry_mirror": "", "user": "phoenix_user"}),
    (1002, "docker", "https://m", {"dns": ["10.0.0.13"], "registry_mirror": "https://m", "user": "phoenix_user"}),
    (914, "ollama", "", {"port": 11434}),
    (917, "llamacpp", "", {"model": "", "port": 8081, "arguments": []}),
    (
        103,
        "step_ca",
        "",
        {
            "name": "ThinkHeads Internal CA",
            "provisioner": "admin@thinkheads.ai",
            "dns_names": ["ca.internal.thinkheads.ai", "127.0.0.1", "10.0.0.10"],
            "steppath": "/etc/step-ca/ssl",
            "port": 9000,
            "max_duration": "24h",
            "default_duration": "24h",
        },
    ),
]


@pytest.mark.parametrize(("vmid", "name", "mirror", "wanted"), WANTED, ids=[f"{w[0]} {w[1]}" for w in WANTED])
def test_what_follows_from_the_cluster(vmid: int, name: str, mirror: str, wanted: dict[str, Any]) -> None:
    assert options(vmid, name, mirror) == wanted


def test_a_running_guest_serves_its_model_and_a_template_none() -> None:
    found, template = options(802, "vllm"), options(911, "vllm")
    assert (found["model"], template["model"]) == ("Qwen/Qwen3-4B-Thinking-2507-FP8", "")
    words = " ".join(found["arguments"])
    assert "--served-model-name Qwen3-4B-FP8" in words
    assert "--quantization fp8" in words
    assert "--gpu-memory-utilization 0.85" in words
    assert found["arguments"][-1] == "--trust-remote-code"


def test_an_option_that_is_not_given_is_no_flag() -> None:
    assert "--quantization" not in options(801, "vllm")["arguments"]


def test_where_the_node_reads_the_root() -> None:
    """Behind the mount of the CA's directory, wherever among the guest's mounts that is."""
    assert features.root_path(reference()) == ROOT
    other = Mount(host_path="/other", container_path="/other")
    directory = Mount(host_path="elsewhere", container_path="/etc/step-ca/ssl")
    cluster = with_guest(reference(), 103, mounts=(other, directory))
    assert features.root_path(cluster) == "/quickOS/lxc-persistent-data/103/elsewhere/certs/root_ca.crt"
    assert features.authority_mount(cluster) == (1, directory)


@pytest.mark.parametrize(("longest", "default"), [(12, "12h"), (24, "24h"), (720, "24h")])
def test_certificates_last_a_day_unless_less_is_allowed(longest: int, default: str) -> None:
    ca: CertificateAuthority = reference().ca.model_copy(update={"max_lifetime_hours": longest})
    cluster = reference().model_copy(update={"ca": ca})
    guest = cluster.guest(103)
    found = features.options(cluster, guest, guest.features[-1], registry_mirror="")
    assert (found["max_duration"], found["default_duration"]) == (f"{longest}h", default)


def test_the_artifacts_that_are_needed() -> None:
    wanted = {"step-ca", "step-cli", "traefik", "nvidia", "vllm", "ollama", "llamacpp"}
    found = features.artifact_names(reference())
    assert set(found) == wanted
    assert len(found) == len(wanted)
    few = reference().model_copy(update={"guests": (reference().guest(914), reference().guest(901))})
    assert features.artifact_names(few) == ("nvidia", "ollama")


def test_a_python_service_gets_what_the_operator_wrote() -> None:
    written = {"name": "python_api_service", "service": "api", "command": ["{python}", "-m", "api"], "health": "/up"}
    feature: Feature = TypeAdapter(Feature).validate_python(written)
    cluster = reference()
    given = features.options(cluster, cluster.guest(917), feature, registry_mirror="")
    options = FEATURES["python_api_service"].options.model_validate(given).model_dump()
    assert options["name"] == "api"
    assert options["command"] == ("{python}", "-m", "api")
    assert options["health"] == "/up"
