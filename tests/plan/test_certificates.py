"""The manifest in the providers' words: each certificate, copy and secret is valid and where it shall be."""

from typing import Any

import pytest

from phoenix.model import Bundle, Certificate, CertificateKind, KeyType, Reload
from phoenix.plan import certificates
from phoenix.providers.certificate.spec import CertificateSpec
from phoenix.providers.certificate_copy.spec import CertificateCopySpec
from phoenix.providers.docker_secret import DockerSecretSpec
from tests.plan.reference import reference

NAMES = tuple(each.name for each in reference().certificates)
SSL = "/quickOS/lxc-persistent-data/103/ssl"
FINGERPRINT = "0123456789abcdef" * 4


def copies(name: str) -> list[CertificateCopySpec]:
    cluster = reference()
    found = certificates.copies(cluster, cluster.certificate(name))
    return [CertificateCopySpec.model_validate({**each, "fingerprint": FINGERPRINT}) for each in found]


@pytest.mark.parametrize("name", NAMES)
def test_every_certificate_is_valid(name: str) -> None:
    cluster = reference()
    certificate = cluster.certificate(name)
    spec = CertificateSpec.model_validate(certificates.properties(cluster, certificate))
    assert (spec.directory, spec.common_name) == (f"/quickOS/certificates/{name}", certificate.common_name)
    assert (spec.lifetime_hours, spec.renew_before_hours) == (24, 12)
    assert (spec.kind.value, spec.mode, spec.renew) == (certificate.kind.value, "0600", "no")
    assert (spec.ca.url, spec.ca.steppath) == ("https://10.0.0.10:9000", SSL)
    assert spec.ca.provisioner == "admin@thinkheads.ai"
    assert spec.wanted.names == {certificate.common_name, *certificate.names}


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
    spec = CertificateSpec.model_validate(certificates.properties(reference(), certificate))
    assert {field: getattr(spec, field) for field in wanted} == wanted


@pytest.mark.parametrize("bundle", Bundle)
@pytest.mark.parametrize("ca", [None, "/etc/ca.pem"])
def test_a_copy_holds_what_it_was_asked_to(bundle: Bundle, ca: str | None) -> None:
    cluster = reference()
    certificate = cluster.certificate("nginx")
    place = certificate.distribution[0].model_copy(update={"bundle": bundle, "ca": ca})
    (copy,) = certificates.copies(cluster, certificate.model_copy(update={"distribution": (place,)}))
    assert CertificateCopySpec.model_validate({**copy, "fingerprint": FINGERPRINT}).bundle.value == bundle.value
    # whoever holds the root must change with it
    assert certificates.holds_root(copy) == (bundle is Bundle.FULL or ca is not None)


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


RELOADS: list[tuple[dict[str, Any] | None, dict[str, Any] | None]] = [
    (None, None),
    ({"unit": "nginx"}, {"kind": "reload", "unit": "nginx", "start": True}),
    ({"command": ["nginx", "-s", "reload"]}, {"kind": "command", "argv": ["nginx", "-s", "reload"]}),
]


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
    cluster = reference()
    certificate = cluster.certificate("docker-daemon")
    place = certificate.distribution[0].model_copy(update={"reload": Reload.model_validate(reload)})
    (copy,) = certificates.copies(cluster, certificate.model_copy(update={"distribution": (place,)}))
    *_, script, _, last = copy["after"]["argv"]
    assert last == name
    assert [script.index(word) for word in words] == sorted(script.index(word) for word in words)
    CertificateCopySpec.model_validate({**copy, "fingerprint": FINGERPRINT})


@pytest.mark.parametrize(("reload", "after"), RELOADS)
def test_how_its_user_learns_of_a_new_one(reload: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
    cluster = reference()
    certificate = cluster.certificate("nginx")
    given = None if reload is None else Reload.model_validate(reload)
    place = certificate.distribution[0].model_copy(update={"reload": given})
    changed = certificate.model_copy(update={"distribution": (place,)})
    (copy,) = certificates.copies(cluster, changed)
    assert copy.get("after") == after
    CertificateCopySpec.model_validate({**copy, "fingerprint": FINGERPRINT})


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
    cluster = reference()
    found = certificates.secrets(cluster, cluster.certificate(name))
    assert found == SECRETS.get(name, {})
    for base, source in found.items():
        manager = {"kind": "vm", "node": "10.0.0.13", "vmid": 1001, "address": "10.0.0.111", "user": "phoenix_user"}
        spec = DockerSecretSpec.model_validate(
            {"manager": manager, "name": base, "source": source, "fingerprint": FINGERPRINT}
        )
        assert spec.versioned_name == f"{base}-0123456789ab"


def test_what_serves_either_side() -> None:
    certificate = reference().certificate("nginx")
    server, client = CertificateKind.SERVER, CertificateKind.CLIENT
    found = {
        kind: certificates.kinds(certificate.model_copy(update={"kind": kind}))
        for kind in (server, client, CertificateKind.BOTH)
    }
    assert found == {server: {server}, client: {client}, CertificateKind.BOTH: {server, client}}
