"""The manifest as specs: each certificate, copy and secret is what the manifest says and where it shall be."""

from typing import Any

import pytest

from phoenix.model import Certificate, Reload
from phoenix.pki.kinds import CertificateKind, KeyType
from phoenix.plan import certificates
from phoenix.specs import pki
from phoenix.specs.pki import CertificateCopySpec, Command
from phoenix.specs.target import VmTarget
from phoenix.vocabulary.certificates import Bundle
from tests.plan.reference import reference

NAMES = tuple(each.name for each in reference().certificates)
SSL = "/quickOS/lxc-persistent-data/103/ssl"
FINGERPRINT = "0123456789abcdef" * 4


def copies(name: str) -> tuple[CertificateCopySpec, ...]:
    return certificates.copies(reference(), reference().certificate(name))


def copy_with(certificate: str, **changes: Any) -> CertificateCopySpec:
    """The one copy of the certificate, its place changed."""
    wanted = reference().certificate(certificate)
    place = wanted.distribution[0].model_copy(update=changes)
    (copy,) = certificates.copies(reference(), wanted.model_copy(update={"distribution": (place,)}))
    return copy


@pytest.mark.parametrize("name", NAMES)
def test_every_certificate_is_asked_for_as_the_manifest_has_it(name: str) -> None:
    certificate = reference().certificate(name)
    spec = certificates.issued(reference(), certificate)
    assert (spec.directory, spec.common_name) == (f"/quickOS/certificates/{name}", certificate.common_name)
    assert (spec.lifetime_hours, spec.renew_before_hours) == (24, 12)
    assert (spec.kind.value, spec.mode, spec.renew) == (certificate.kind.value, "0600", "no")
    assert (spec.ca.url, spec.ca.steppath) == ("https://10.0.0.10:9000", SSL)
    assert spec.ca.provisioner == "admin@thinkheads.ai"
    assert {spec.common_name, *spec.sans} == set(certificate.names)


WISHES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {"owner": "root:root", "mode": "0600", "revoke": True, "key_type": "p256", "kind": "server"}),
    ({"owner": "root:www-data", "key_mode": "0640"}, {"owner": "root:www-data", "mode": "0640"}),
    ({"revoke": False}, {"revoke": False}),
    ({"lifetime_hours": 8, "renew_before_hours": 2}, {"lifetime_hours": 8, "renew_before_hours": 2}),
    *(({"key_type": each}, {"key_type": each}) for each in KeyType),
    *(({"kind": each}, {"kind": each}) for each in CertificateKind),
]


@pytest.mark.parametrize(("written", "wanted"), WISHES, ids=str)
def test_what_the_manifest_says_is_what_is_asked_for(written: dict[str, Any], wanted: dict[str, Any]) -> None:
    certificate = Certificate.model_validate({"name": "x", "common_name": "x.example.test", **written})
    spec = certificates.issued(reference(), certificate)
    assert {field: getattr(spec, field) for field in wanted} == wanted


@pytest.mark.parametrize("bundle", Bundle)
@pytest.mark.parametrize("ca", [None, "/etc/ca.pem"])
def test_a_copy_holds_what_it_was_asked_to(bundle: Bundle, ca: str | None) -> None:
    copy = copy_with("nginx", bundle=bundle, ca=ca)
    assert (copy.bundle, copy.ca_path) == (bundle, ca)
    # whoever holds the root must change with it
    assert copy.holds_root == (bundle is Bundle.FULL or ca is not None)


COPIES: dict[str, list[tuple[int, str, str, str | None, str, str, str | None]]] = {
    "nginx": [
        (101, "/etc/nginx/ssl/nginx.internal.thinkheads.ai.crt", "/etc/nginx/ssl/nginx.internal.thinkheads.ai.key",
         None, "root:www-data", "0640", "nginx")],
    "portainer": [],
    "traefik": [
        (102, "/etc/traefik/certs/traefik.internal.thinkheads.ai.crt",
         "/etc/traefik/certs/traefik.internal.thinkheads.ai.key", "/etc/traefik/certs/ca.pem", "root:root", "0600",
         "traefik")],
    "drphoenix-agent": [
        (1002, "/etc/docker/tls/cert.pem", "/etc/docker/tls/key.pem", "/etc/docker/tls/ca.pem", "root:root", "0600",
         "docker-tls")],
    "docker-daemon": [
        (1001, "/etc/docker/tls/cert.pem", "/etc/docker/tls/key.pem", "/etc/docker/tls/ca.pem", "root:root", "0600",
         "docker-tls")],
    "traefik-client": [
        (102, "/etc/traefik/certs/client-cert.pem", "/etc/traefik/certs/client-key.pem", "/etc/traefik/certs/ca.pem",
         "root:root", "0600", "traefik")],
    "nginx-gateway-client": [
        (101, "/etc/nginx/ssl/nginx-client.crt", "/etc/nginx/ssl/nginx-client.key", "/etc/nginx/ssl/ca.pem",
         "root:www-data", "0640", "nginx")],
    "portainer-client": [],
}  # fmt: skip


def test_the_table_has_every_certificate() -> None:
    assert tuple(COPIES) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_where_each_goes(name: str) -> None:
    found = [
        (each.target.vmid, each.cert_path, each.key_path, each.ca_path, each.owner, each.key_mode,
         getattr(each.after, "unit", None))
        for each in copies(name)
    ]  # fmt: skip
    assert found == COPIES[name]
    for each in copies(name):
        assert (each.source, each.root) == (f"/quickOS/certificates/{name}", f"{SSL}/certs/root_ca.crt")
        assert each.cert_mode == "0644"


def test_no_two_copies_write_the_same_file() -> None:
    written = [
        (copy.target.vmid, path) for name in NAMES for copy in copies(name) for path in (copy.cert_path, copy.key_path)
    ]
    assert len(written) == len(set(written))


RELOADS: list[tuple[dict[str, Any] | None, pki.Reload | Command | None]] = [
    (None, None),
    ({"unit": "nginx"}, pki.Reload(unit="nginx", start=True)),
    ({"command": ["nginx", "-s", "reload"]}, Command(argv=("nginx", "-s", "reload"))),
]


@pytest.mark.parametrize(("reload", "after"), RELOADS)
def test_how_its_user_learns_of_a_new_one(reload: dict[str, Any] | None, after: pki.Reload | Command | None) -> None:
    assert copy_with("nginx", reload=None if reload is None else Reload.model_validate(reload)).after == after


NAMED: list[tuple[dict[str, Any], list[str], str]] = [
    ({"container": "proxy"}, ["docker ps --all", "docker restart"], "proxy"),
    (
        {"service": "qdrant_service/qdrant"},
        ["docker service ls", "docker service update --quiet --force"],
        "qdrant_service-production_qdrant",
    ),
]


@pytest.mark.parametrize(("reload", "words", "name"), NAMED, ids=str)
def test_docker_is_asked_before_it_is_told(reload: dict[str, Any], words: list[str], name: str) -> None:
    after = copy_with("docker-daemon", reload=Reload.model_validate(reload)).after
    assert isinstance(after, Command)
    *_, script, _, last = after.argv
    assert last == name
    assert [script.index(word) for word in words] == sorted(script.index(word) for word in words)


SECRETS = {
    "portainer": {
        "portainer_tls_cert": "/quickOS/certificates/portainer/cert.pem",
        "portainer_tls_key": "/quickOS/certificates/portainer/key.pem",
        "portainer_tls_ca": f"{SSL}/certs/root_ca.crt",
    },
    "portainer-client": {
        "portainer_client_cert": "/quickOS/certificates/portainer-client/cert.pem",
        "portainer_client_key": "/quickOS/certificates/portainer-client/key.pem",
    },
}


@pytest.mark.parametrize("name", NAMES)
def test_the_secrets_made_of_each(name: str) -> None:
    plan = certificates.plan(reference(), reference().certificate(name))
    found = {**plan.secrets, **plan.root_secrets}
    assert {base: each.source for base, each in found.items()} == SECRETS.get(name, {})
    # they follow the roots, the others the certificate
    assert set(plan.root_secrets) == {base for base, each in found.items() if each.source.endswith("/root_ca.crt")}
    for base, each in found.items():
        assert each.manager == VmTarget(node="10.0.0.13", vmid=1001, address="10.0.0.111", user="phoenix_user")
        known = each.model_copy(update={"fingerprint": FINGERPRINT})
        assert known.versioned_name == f"{base}-0123456789ab"


SERVER, CLIENT, BOTH = CertificateKind


@pytest.mark.parametrize(
    ("kind", "serves"), [(SERVER, {SERVER, BOTH}), (CLIENT, {CLIENT, BOTH})], ids=["server", "client"]
)
def test_what_serves_either_side(kind: CertificateKind, serves: set[CertificateKind]) -> None:
    """A guest's certificate of kind `both` is good for either side of TLS, one of the other kind for none."""
    given = reference().certificate("nginx")
    for each in CertificateKind:
        cluster = reference().model_copy(update={"certificates": (given.model_copy(update={"kind": each}),)})
        found = certificates.held_by(cluster, 101, kind)
        assert found == (given.distribution[0] if each in serves else None)
        assert certificates.held_by(cluster, 102, kind) is None


def test_where_a_guest_finds_the_roots() -> None:
    """Of the first certificate that brings them: several may, to the same path."""
    paths = {vmid: certificates.roots_path(reference(), vmid) for vmid in (101, 102, 1001, 1002)}
    tls = "/etc/docker/tls/ca.pem"
    assert paths == {101: "/etc/nginx/ssl/ca.pem", 102: "/etc/traefik/certs/ca.pem", 1001: tls, 1002: tls}


def test_who_uses_each() -> None:
    cluster = reference()
    found = {each.name: certificates.users(cluster, each) for each in cluster.certificates}
    assert found["nginx"] == ("guest 101 (Nginx-Phoenix)",)
    assert found["portainer-client"] == ("secret portainer_client_cert", "secret portainer_client_key")
    assert all(found.values())
