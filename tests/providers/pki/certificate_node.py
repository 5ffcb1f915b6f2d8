"""A node on loopback with a real step-ca beside it."""

import grp
import os
import pwd
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from phoenix.clients import switched_files
from phoenix.clients.archive import Member
from phoenix.clients.shell import Shell, open_shell
from phoenix.pki import keys, tokens
from phoenix.pki.chain import Chain, fingerprint
from phoenix.pki.request import signing_request
from phoenix.providers.pki.certificate import Certificate
from phoenix.providers.pki.certificate.plan import place, wanted
from phoenix.specs.pki import CaSpec, CertificateSpec
from phoenix.specs.target import NodeTarget
from phoenix.vocabulary.network import node_address
from tests.loopback_ssh import Loopback
from tests.providers.core.managed import Managed
from tests.step_ca_server import PROVISIONER, Server

OWNER = f"{pwd.getpwuid(os.getuid()).pw_name}:{grp.getgrgid(os.getgid()).gr_name}"


@dataclass
class Node:
    """The loopback node, its CA, and a directory for certificates."""

    host: Loopback
    ca: Server
    directory: Path

    @property
    def node(self) -> str:
        return node_address(self.host.address, self.host.port)

    @property
    def shell(self) -> Shell:
        return open_shell(self.host.settings, NodeTarget(node=self.node))

    def spec(self, name: str = "nginx", **fields: Any) -> CertificateSpec:
        given: dict[str, Any] = {
            "node": self.node,
            "name": name,
            "directory": str(self.directory / name),
            "common_name": f"{name}.internal",
            "sans": ["*.internal", "10.0.0.153"],
            "owner": OWNER,
            "ca": CaSpec(url=self.ca.url, steppath=str(self.ca.steppath), provisioner=PROVISIONER),
        }
        return CertificateSpec.model_validate({**given, **fields})

    def certificate(self, **fields: Any) -> Managed:
        return Managed(Certificate.provider(), self.spec(**fields), self.host.settings)

    def pair(self, spec: CertificateSpec) -> tuple[Chain, bytes]:
        """Certificate and key as a reader of the links sees them."""
        directory = Path(spec.directory)
        return Chain.parse((directory / "cert.pem").read_bytes()), (directory / "key.pem").read_bytes()

    def put(self, spec: CertificateSpec, *, not_before: str | None = None, ca: Server | None = None) -> Chain:
        """Issues for `spec` by the CA itself and puts the pair in place; `not_before` as StepCa.sign takes it."""
        server = ca or self.ca
        client, ask = server.client, wanted(spec)
        client.wait()
        password = (server.steppath / "provisioner_password.txt").read_text()
        provisioner = client.provisioner_key(PROVISIONER, password)
        audience = f"{client.url}/1.0/sign"
        key = keys.generate(ask.key_type)
        token = tokens.one_time_token(provisioner, PROVISIONER, audience, ask.common_name, ask.names, client.now())
        chain = client.sign(
            signing_request(key, ask.common_name, ask.names),
            token,
            lifetime=ask.lifetime,
            kind=ask.kind,
            not_before=not_before,
        )
        self.put_pair(spec, chain.pem, keys.private_pem(key))
        return chain

    def put_pair(self, spec: CertificateSpec, certificate: bytes, key: bytes) -> None:
        members: Mapping[str, Member] = {"cert.pem": Member(certificate, "0644"), "key.pem": Member(key, "0600")}
        switched_files.install(self.shell, place(spec), "test", members)


def age(hours: float) -> str:
    """A start so far back that a 24 hour certificate has this many hours left."""
    return f"-{int((timedelta(hours=24) - timedelta(hours=hours)).total_seconds())}s"


Change = Callable[[Node, CertificateSpec], object]
__all__ = ["OWNER", "Change", "Node", "age", "fingerprint"]
