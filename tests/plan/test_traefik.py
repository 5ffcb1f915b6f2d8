"""Traefik's dynamic configuration: its structure, and what a real Traefik makes of it."""

import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from phoenix.model import Cluster, TraefikService
from phoenix.pki.kinds import CertificateKind
from phoenix.plan import traefik
from phoenix.plan.routes import routes
from tests.plan import throwaway
from tests.plan.reference import ENVIRONMENTS, reference, with_guest
from tests.plan.traefik_process import Traefik, running

ROOT = "/etc/traefik/certs/ca.pem"


def document(cluster: Cluster) -> dict[str, Any]:
    text = traefik.dynamic_config(cluster)
    loaded: dict[str, Any] = YAML(typ="safe", pure=True).load(text)
    return loaded


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_route_has_a_router_and_a_service(environment: str) -> None:
    cluster = reference(environment)
    http = document(cluster)["http"]
    found = routes(cluster)
    assert list(http["services"]) == [route.name for route in found]
    assert tuple(http["routers"]) == traefik.router_names(cluster) == ("dashboard", *http["services"])
    for route in found:
        assert http["routers"][route.name] == {
            "rule": f"Host(`{route.host}`)",
            "entryPoints": ["websecure"],
            "service": route.name,
            "middlewares": ["bridge-restart"],
            "tls": {},
        }
        assert http["services"][route.name]["loadBalancer"]["servers"] == [{"url": route.url}]


def test_a_backend_with_tls_is_verified_and_one_without_is_not_asked_for_it() -> None:
    http = document(reference())["http"]
    transports = {name: each["loadBalancer"].get("serversTransport") for name, each in http["services"].items()}
    assert {name: each for name, each in transports.items() if each} == {"portainer": "pinned-root"}
    assert http["serversTransports"] == {
        "pinned-root": {
            "rootCAs": [ROOT],
            "certificates": [
                {"certFile": "/etc/traefik/certs/client-cert.pem", "keyFile": "/etc/traefik/certs/client-key.pem"}
            ],
        }
    }
    assert "insecureSkipVerify" not in traefik.dynamic_config(reference())


def test_the_products_own_middleware_comes_first() -> None:
    fields = {"basicAuth": {"users": ["a:b"]}}
    service = TraefikService(name="ollama", port=1, middlewares={"guard": fields})
    http = document(with_guest(reference(), 914, traefik_service=service))["http"]
    assert http["routers"]["ollama"]["middlewares"] == ["bridge-restart", "guard"]
    assert http["middlewares"]["guard"] == fields


def test_whoever_comes_in_shows_a_certificate_of_the_pinned_root() -> None:
    pair = {
        "certFile": "/etc/traefik/certs/traefik.internal.thinkheads.ai.crt",
        "keyFile": "/etc/traefik/certs/traefik.internal.thinkheads.ai.key",
    }
    assert document(reference())["tls"] == {
        "options": {
            "default": {
                "minVersion": "VersionTLS12",
                "clientAuth": {"caFiles": [ROOT], "clientAuthType": "RequireAndVerifyClientCert"},
            }
        },
        "certificates": [pair],
        "stores": {"default": {"defaultCertificate": pair}},
    }


def test_a_manifest_without_a_server_certificate_for_it_leaves_that_out() -> None:
    clients = tuple(each for each in reference().certificates if each.kind is CertificateKind.CLIENT)
    assert "certificates" not in document(reference().model_copy(update={"certificates": clients}))["tls"]


def test_only_the_new_route_is_new() -> None:
    """A service of its own for one guest changes no other router."""
    before = document(reference())["http"]
    after = document(with_guest(reference(), 102, traefik_service=TraefikService(name="new", port=1)))["http"]
    for part in ("routers", "services"):
        assert {name: each for name, each in after[part].items() if name != "new"} == before[part]


@dataclass(frozen=True)
class Running:
    """A Traefik with the reference cluster's file, and the folder that its certificates are below."""

    folder: Path
    traefik: Traefik

    def routers(self) -> dict[str, str]:
        return {name: each["status"] for name, each in self.traefik.http("routers", "file").items()}

    def ask(self, host: str, *, certificate: bool) -> str:
        """The first line of the answer to a request for `host`."""
        context = ssl.create_default_context(cafile=f"{self.folder}{ROOT}")
        if certificate:
            certs = f"{self.folder}/etc/traefik/certs"
            context.load_cert_chain(f"{certs}/client-cert.pem", f"{certs}/client-key.pem")
        with (
            socket.create_connection(("127.0.0.1", self.traefik.websecure), timeout=5) as plain,
            context.wrap_socket(plain, server_hostname=host) as line,
        ):
            line.sendall(f"GET /api/version HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            return line.recv(4096).decode().splitlines()[0]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("traefik")
    (folder / "dynamic").mkdir()
    text = throwaway.below(folder, traefik.dynamic_config(reference()))
    (folder / "dynamic" / "dynamic_conf.yml").write_text(text)
    options = (f"--providers.file.directory={folder}/dynamic", "--providers.file.watch=false")
    with running(folder, "file", *options) as found:
        yield Running(folder, found)


def test_a_real_traefik_enables_every_router(served: Running) -> None:
    wanted = dict.fromkeys(traefik.router_names(reference()), "enabled")
    assert served.routers() == wanted
    assert "ERR" not in served.traefik.log.read_text()


def test_a_real_traefik_serves_only_who_shows_a_certificate(served: Running) -> None:
    host = "traefik.internal.thinkheads.ai"
    assert served.ask(host, certificate=True) == "HTTP/1.1 200 OK"
    with pytest.raises(OSError, match=r"certificate required|CERTIFICATE_REQUIRED"):
        served.ask(host, certificate=False)


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("jq")), reason="curl and jq are not installed")
def test_the_confirmation_tells_a_served_configuration_from_another(served: Running) -> None:
    argv = [each.replace(":8080/", f":{served.traefik.api}/") for each in traefik.confirmation(reference())]
    good = subprocess.run(argv, capture_output=True, text=True, timeout=10, check=False)
    assert (good.returncode, good.stderr) == (0, "")
    for other in ([*argv, "one-more"], argv[:-1]):
        bad = subprocess.run(other, capture_output=True, text=True, timeout=10, check=False)
        # what Traefik serves instead, for the operator
        assert (bad.returncode, bad.stderr[:2]) == (1, "[{")
