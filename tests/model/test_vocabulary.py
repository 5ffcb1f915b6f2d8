"""What the models themselves work out."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from phoenix.features import docker, nginx
from phoenix.features.ollama import Ollama
from phoenix.features.vllm import Vllm
from phoenix.model import Certificate, FirewallRule, Guest, IdKind, LxcGuest, StackEnvironment
from phoenix.vocabulary.network import node_address, split_node
from phoenix.vocabulary.portainer import of_image, shuts_out_old

CONTAINER: dict[str, Any] = {
    "type": "lxc",
    "vmid": 101,
    "name": "Front",
    "source": {"clone": 100},
    "cores": 1,
    "memory_mb": 512,
    "disk_gb": 8,
    "storage": "disks",
    "network": {"address": "192.0.2.11/24", "bridge": "vmbr0"},
}


def _container(**changes: Any) -> LxcGuest:
    guest = TypeAdapter(Guest).validate_python({**CONTAINER, **changes})
    assert isinstance(guest, LxcGuest)
    return guest


@pytest.mark.parametrize(
    ("changes", "running"),
    [({}, True), ({"template": True}, False), ({"running": False}, False), ({"template": True, "running": True}, True)],
)
def test_a_template_does_not_run_unless_told(changes: dict[str, Any], running: bool) -> None:
    assert _container(**changes).running is running


@pytest.mark.parametrize(("port", "written"), [(22, "192.0.2.2"), (2222, "192.0.2.2:2222")])
def test_a_node_is_written_with_its_port_where_that_is_another_one(port: int, written: str) -> None:
    assert node_address("192.0.2.2", port) == written
    assert split_node(written) == ("192.0.2.2", port)


def test_a_model_is_frozen() -> None:
    with pytest.raises(ValidationError):
        _container().cores = 2  # type: ignore[misc]


MAPPED = [{"type": "gid", "container_id": 33, "host_id": 33, "size": 2}]


@pytest.mark.parametrize(
    ("changes", "kind", "inside", "outside"),
    [
        ({}, IdKind.UID, 0, 100_000),
        ({}, IdKind.GID, 33, 100_033),
        ({"id_maps": MAPPED}, IdKind.GID, 33, 33),
        ({"id_maps": MAPPED}, IdKind.GID, 34, 34),
        ({"id_maps": MAPPED}, IdKind.GID, 35, 100_035),
        ({"id_maps": MAPPED}, IdKind.UID, 33, 100_033),
        ({"unprivileged": False}, IdKind.UID, 33, 33),
    ],
)
def test_ids_on_the_node(changes: dict[str, Any], kind: IdKind, inside: int, outside: int) -> None:
    assert _container(**changes).host_id(kind, inside) == outside


def test_features_keep_their_order_and_options() -> None:
    guest = _container(features=["docker", {"name": "vllm", "model": "m", "served_name": "s", "port": 9}, "ollama"])
    assert [each.name for each in guest.features] == ["docker", "vllm", "ollama"]
    _, vllm, ollama = guest.features
    assert vllm == Vllm(name="vllm", model="m", served_name="s", port=9)
    assert ollama == Ollama(name="ollama", port=11434)
    assert guest.has(docker.FEATURE)
    assert not guest.has(nginx.FEATURE)


@pytest.mark.parametrize(
    ("ports", "text", "inside", "outside"),
    [(443, "443", 443, 444), ("443", "443", 443, 442), ("8000:8010", "8000:8010", 8005, 8011)],
)
def test_port_ranges(ports: int | str, text: str, inside: int, outside: int) -> None:
    rule = FirewallRule.model_validate({"direction": "in", "proto": "tcp", "ports": [ports]})
    assert str(rule.ports[0]) == text
    assert inside in rule.ports[0]
    assert outside not in rule.ports[0]


@pytest.mark.parametrize(
    ("sans", "dns", "addresses"),
    [
        ([], ("front.example.test",), set()),
        (["*.Example.Test", "192.0.2.11"], ("front.example.test", "*.example.test"), {"192.0.2.11"}),
        (["2001:db8:0::1"], ("front.example.test",), {"2001:db8::1"}),
    ],
)
def test_subject_names(sans: list[str], dns: tuple[str, ...], addresses: set[str]) -> None:
    """The common name is always one of them."""
    certificate = Certificate.model_validate({"name": "x", "common_name": "front.example.test", "sans": sans})
    assert certificate.dns_names == dns
    assert set(certificate.names) - set(dns) == addresses


@pytest.mark.parametrize(
    ("host", "covered"),
    [("a.example.test", True), ("a.b.example.test", False), ("example.test", False), ("x.other.test", True)],
)
def test_what_a_certificate_covers(host: str, covered: bool) -> None:
    certificate = Certificate(name="x", common_name="x.test", sans=("*.example.test", "x.other.test"))
    assert certificate.covers(host) is covered


@pytest.mark.parametrize(("lifetime", "window", "expected"), [(24, None, 12), (9, None, 4.5), (24, 8, 8)])
def test_the_window_is_half_the_lifetime(lifetime: int, window: float | None, expected: float) -> None:
    given: dict[str, Any] = {"name": "x", "common_name": "x.test", "lifetime_hours": lifetime}
    if window is not None:
        given["renew_before_hours"] = window
    assert Certificate.model_validate(given).renew_before_hours == expected


def _environment(*labels: str) -> StackEnvironment:
    return StackEnvironment.model_validate(
        {
            "variables": [{"name": "PORT", "value": "8000"}, {"name": "PASS", "secret": "pass"}],
            "services": {"web": {"traefik_labels": labels}},
        }
    )


def test_labels_take_plain_variables_only() -> None:
    labels = _environment("a=${PORT}", "b=${PASS}", "c=${NOBODY}", "d=x=y").labels("web")
    assert labels == {"a": "8000", "b": "${PASS}", "c": "${NOBODY}", "d": "x=y"}
    assert _environment("a=1").labels("other") == {}


def test_labels_may_be_a_mapping_as_dockers_are() -> None:
    labels = {"a": "${PORT}", "b": True, "c": 80, "d": None, "e": "x=y"}
    environment = StackEnvironment.model_validate(
        {"variables": [{"name": "PORT", "value": "8000"}], "services": {"web": {"traefik_labels": labels}}}
    )
    assert environment.labels("web") == {"a": "8000", "b": "true", "c": "80", "d": "", "e": "x=y"}


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("portainer/portainer-ce:2.33.5", "2.33.5"),
        ("registry.example:5000/mirror/portainer-ee:2.39.8-alpine", "2.39.8"),
        ("portainer/portainer-ce:2.33.5-linux-amd64@sha256:0", "2.33.5"),
        ("portainer/portainer-ce:lts", "None"),
        ("portainer/portainer-ce:2.33", "None"),
        ("portainer/portainer-ce:2.33.5-ours", "None"),
        ("portainer/portainer-ce", "None"),
        ("portainer/agent:2.33.5", "None"),
        ("example/our-portainer-ce:2.33.5", "None"),
    ],
)
def test_what_a_tag_tells_of_portainer(image: str, version: str) -> None:
    assert str(of_image(image)) == version


@pytest.mark.parametrize(
    ("oldest", "shuts"),
    [("1.44", True), ("1.42", True), ("1.41", False), ("1.40", False), ("1.12", False), ("", False)],
)
def test_which_engines_shut_out_old_clients(oldest: str, shuts: bool) -> None:
    assert shuts_out_old(oldest) is shuts
