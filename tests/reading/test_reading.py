"""What is read of a running cluster, over a real SSH server; tests/lab/test_import_live.py reads a whole one."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509

from phoenix.clients.shell import Shell, open_shell
from phoenix.errors import OperationError, UnobservableError
from phoenix.pki import hierarchy
from phoenix.pki.chain import fingerprint
from phoenix.reading import authority, certificates, guests, inside, stacks
from phoenix.reading.asking import Missing
from phoenix.reading.inside import Held
from phoenix.specs.target import LxcTarget, NodeTarget, VmTarget
from phoenix.vocabulary.network import node_address
from tests import loopback_ssh
from tests.loopback_ssh import Loopback


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    yield from loopback_ssh.serve(tmp_path, monkeypatch)


def shell(host: Loopback) -> Shell:
    return open_shell(host.settings, NodeTarget(node=node_address(host.address, host.port)))


def test_what_does_not_answer_is_noted_and_the_rest_goes_on() -> None:
    missing = Missing()
    with missing.unless_told("guest 9"):
        raise UnobservableError(resource="guest 9", host="10.0.0.9", cause="no answer\nwithin 30 s")
    with missing.unless_told("guest 8"):
        raise OperationError(resource="guest 8", operation="read", host="h", cause="locked", next_step="wait")
    assert missing.said == (
        "guest 8: guest 8: read on h failed: locked next: wait",
        "guest 9: 10.0.0.9: no answer within 30 s",
    )


def test_raw_lines_are_those_of_now_and_not_of_a_snapshot() -> None:
    text = "cores: 2\nlxc.apparmor.profile = unconfined\nlxc.cap.drop:\n\n[before]\nlxc.tty.max: 2\n"
    assert guests._raw_lines(text) == ["lxc.apparmor.profile: unconfined", "lxc.cap.drop: "]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"kind": "lxc", "status": "stopped", "config": {}}, None),
        ({"kind": "lxc", "status": "running", "config": {}}, LxcTarget(node="n", vmid=150)),
        (
            {
                "kind": "qemu",
                "status": "running",
                "config": {"ipconfig0": "ip=10.0.0.5/24", "ciuser": "me", "agent": "enabled=1"},
            },
            VmTarget(node="n", vmid=150, address="10.0.0.5", user="me"),
        ),
        ({"kind": "qemu", "status": "running", "config": {"ipconfig0": "ip=10.0.0.5/24", "ciuser": "me"}}, None),
        ({"kind": "qemu", "status": "running", "config": {"agent": "1", "ciuser": "me"}}, None),
    ],
)
def test_who_can_be_entered(data: dict[str, object], expected: object) -> None:
    assert inside.target("n", 150, data) == expected


def test_units_of_a_guest_are_asked_for_by_systemd(host: Loopback) -> None:
    host.script("systemctl", 'echo "nginx.service loaded active running A server"')
    host.script("find", "true")
    found = inside.look(host.settings, LxcTarget(node=node_address(host.address, host.port), vmid=150))
    assert (found.units, found.held) == (frozenset({"nginx"}), ())


def test_the_authority_is_told_by_its_own_files_without_its_keys(host: Loopback, tmp_path: Path) -> None:
    made = hierarchy.hierarchy("Mine Root CA", "Mine Intermediate CA", "a password")
    (tmp_path / "ca/config").mkdir(parents=True)
    (tmp_path / "ca/certs").mkdir()
    (tmp_path / "ca/certs/root_ca.crt").write_bytes(made.root)
    (tmp_path / "ca/certs/intermediate_ca.crt").write_bytes(made.intermediate)
    provisioners = [{"type": "ACME", "name": "acme"}, {"type": "JWK", "name": "me", "encryptedKey": "k"}]
    inner = {"claims": {"maxTLSCertDuration": "36h"}, "provisioners": provisioners}
    said = {"dnsNames": ["ca.x", "10.0.0.10"], "address": ":9000", "authority": inner}
    (tmp_path / "ca/config/ca.json").write_text(json.dumps(said))
    config = {"mp0": f"{tmp_path}/none,mp=/x", "mp1": f"{tmp_path}/ca,mp=/etc/step-ca"}
    assert authority.authority(shell(host), config) == {
        "dns_names": ["ca.x", "10.0.0.10"],
        "port": 9000,
        "provisioner": "me",
        "max_lifetime_hours": 36,
        "root_name": "Mine Root CA",
        "intermediate_name": "Mine Intermediate CA",
        "directory": "/etc/step-ca",
        "on_node": f"{tmp_path}/ca",
    }
    assert authority.authority(shell(host), {"mp0": f"{tmp_path}/none,mp=/x"}) is None


def test_variables_of_a_stack_are_those_that_its_services_have() -> None:
    given = {"one": ["A=${A}", "B=${B:-x}", "C=plain"], "two": {"D": "$D"}}
    compose = {"services": {name: {"environment": each} for name, each in given.items()}}
    env = {"one": ["A=1", "B=2", "C=plain"], "two": ["D=4"]}
    services = {name: {"Spec": {"TaskTemplate": {"ContainerSpec": {"Env": each}}}} for name, each in env.items()}
    assert stacks._variables(compose, services) == {"A": "1", "B": "2", "D": "4"}


def test_a_file_of_the_node_gets_the_constraints_that_the_swarm_has() -> None:
    text = "services:\n  one: {image: x, deploy: {replicas: 1}}\n  two: {image: y}\n"
    found = stacks.deployed(text, {"one": ["node.hostname == a"], "two": []})
    assert found["services"]["one"]["deploy"] == {"replicas": 1, "placement": {"constraints": ["node.hostname == a"]}}
    assert stacks.deployed("a: [", {}) is None


def test_copies_of_a_certificate_are_found_by_what_they_are() -> None:
    made = hierarchy.hierarchy("R", "I", "a password")
    leaf, root = made.intermediate, made.root
    mark = fingerprint(x509.load_pem_x509_certificate(leaf))
    held = (
        Held("/a/x.crt", "0644", "root:root", "1", base64.b64encode(leaf + root).decode()),
        Held("/a/ca.pem", "0644", "root:root", "2", base64.b64encode(root).decode()),
        Held("/a/x.key", "0640", "root:ssl", "key", ""),
        Held("/b/other.key", "0600", "root:root", "key", ""),
        Held("/a/bad.crt", "0644", "root:root", "3", "bm9uZQ=="),
    )
    (copy,) = certificates._copies(150, held, mark, "key")
    assert copy == {
        "guest": 150,
        "certificate": "/a/x.crt",
        "key": "/a/x.key",
        "ca": "/a/ca.pem",
        "bundle": "full",
        "owner": "root:root",
        "key_mode": "0640",
        "certificate_mode": "0644",
    }
    assert [*certificates._copies(150, held, mark, "another key")] == []


def test_secrets_of_a_certificate_are_told_by_their_labels() -> None:
    made = [("web_cert", "f"), ("web_key", "f"), ("web_ca", "r"), ("other_ca", "r")]
    # old versions are kept, and Docker tells them in any order
    old = [("web_cert", "e"), ("web_key", "e"), ("web_ca", "q")]
    every = [{"phoenix.base": base, "phoenix.fingerprint": mark} for base, mark in (*made, *old)]
    secrets = certificates.made_of([*every, {"phoenix.base": "password"}, {}])
    assert certificates._secrets(secrets, "f", "r") == {"certificate": "web_cert", "key": "web_key", "ca": "web_ca"}
    assert certificates._secrets(secrets, "g", "r") == {}
    assert certificates._secrets({}, "f", "") == {}
