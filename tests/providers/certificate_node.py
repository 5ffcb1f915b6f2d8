"""A node on loopback with a real step-ca beside it, and one certificate driven as the engine drives it."""

import grp
import os
import pwd
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from phoenix.clients import versioned
from phoenix.clients.shell import Shell, open_shell
from phoenix.clients.target import HostTarget
from phoenix.clients.versioned import Member
from phoenix.pki import keys, tokens
from phoenix.pki.chain import Chain, fingerprint
from phoenix.pki.request import signing_request
from phoenix.providers.adapter import Provider
from phoenix.providers.certificate import CaSpec, CertificateProvider, CertificateSpec
from phoenix.settings import Settings
from tests.loopback_ssh import Loopback
from tests.step_ca_server import PROVISIONER, Server

OWNER = f"{pwd.getpwuid(os.getuid()).pw_name}:{grp.getgrgid(os.getgid()).gr_name}"


@dataclass
class Managed:
    """A resource of `provider` with the program's inputs `spec`: what preview shows and what up does."""

    provider: Provider[Any]
    spec: Any
    settings: Settings
    recorded: dict[str, Any] | None = None

    @property
    def inputs(self) -> dict[str, Any]:
        return dict(self.spec.model_dump(mode="json", exclude_none=True))

    def preview(self) -> dict[str, Any]:
        """The fields that would change, with their live values; the refresh before it included."""
        assert self.recorded is not None
        self.provider._settings = self.settings
        live = self.provider.read("id", self.recorded)
        # an unobservable resource keeps its recorded state, and no inputs
        seen = dict(live.inputs or {key: (live.outs or {})[key] for key in self.inputs})
        assert self.provider.diff("id", dict(live.outs or {}), self.inputs).changes == (seen != self.inputs)
        return {key: seen.get(key) for key in {**seen, **self.inputs} if seen.get(key) != self.inputs.get(key)}

    def up(self) -> dict[str, Any]:
        """Creates or updates; returns the outputs."""
        self.provider._settings = self.settings
        if self.recorded is None:
            self.recorded = dict(self.provider.create(self.inputs).outs or {})
        elif self.preview():
            live = dict(self.provider.read("id", self.recorded).outs or {})
            self.recorded = dict(self.provider.update("id", live, self.inputs).outs or {})
        return self.recorded

    def change(self, **fields: Any) -> None:
        """The program now asks for something else."""
        self.spec = type(self.spec).model_validate({**self.inputs, **fields})


@dataclass
class Node:
    """The loopback node, its CA, and a directory for certificates."""

    host: Loopback
    ca: Server
    directory: Path

    @property
    def shell(self) -> Shell:
        return open_shell(self.host.settings, HostTarget(node=self.host.address))

    def spec(self, name: str = "nginx", **fields: Any) -> CertificateSpec:
        given: dict[str, Any] = {
            "node": self.host.address,
            "name": name,
            "directory": str(self.directory / name),
            "common_name": f"{name}.internal",
            "sans": ["*.internal", "10.0.0.153"],
            "owner": OWNER,
            "ca": CaSpec(url=self.ca.url, steppath=str(self.ca.steppath), provisioner=PROVISIONER),
        }
        return CertificateSpec.model_validate({**given, **fields})

    def certificate(self, **fields: Any) -> Managed:
        return Managed(CertificateProvider(), self.spec(**fields), self.host.settings)

    def pair(self, spec: CertificateSpec) -> tuple[Chain, bytes]:
        """Certificate and key as a reader of the links sees them."""
        directory = Path(spec.directory)
        return Chain.parse((directory / "cert.pem").read_bytes()), (directory / "key.pem").read_bytes()

    def put(self, spec: CertificateSpec, *, not_before: str | None = None, ca: Server | None = None) -> Chain:
        """Issues for `spec` by the CA itself and puts the pair in place; `not_before` as StepCa.sign takes it."""
        server = ca or self.ca
        client, wanted = server.client, spec.wanted
        client.wait()
        password = (server.steppath / "provisioner_password.txt").read_text()
        provisioner = client.provisioner_key(PROVISIONER, password)
        audience = f"{client.url}/1.0/sign"
        key = keys.generate(wanted.key_type)
        token = tokens.one_time_token(
            provisioner, PROVISIONER, audience, wanted.common_name, wanted.names, client.now()
        )
        chain = client.sign(
            signing_request(key, wanted.common_name, wanted.names),
            token,
            lifetime=wanted.lifetime,
            kind=wanted.kind,
            not_before=not_before,
        )
        self.put_pair(spec, chain.pem, keys.private_pem(key))
        return chain

    def put_pair(self, spec: CertificateSpec, certificate: bytes, key: bytes) -> None:
        members: Mapping[str, Member] = {"cert.pem": Member(certificate, "0644"), "key.pem": Member(key, "0600")}
        versioned.install(self.shell, spec.place, "test", members)


def age(hours: float) -> str:
    """A start so far back that a 24 hour certificate has this many hours left."""
    return f"-{int((timedelta(hours=24) - timedelta(hours=hours)).total_seconds())}s"


Change = Callable[[Node, CertificateSpec], object]
__all__ = ["OWNER", "Change", "Managed", "Node", "age", "fingerprint"]
