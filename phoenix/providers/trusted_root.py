"""The internal root CA in a target's trust store; the certificate is the one that the CA guest made, on the node."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Annotated

import pulumi
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from pydantic import Field

from phoenix.clients import files
from phoenix.clients.shell import open_shell
from phoenix.clients.target import HostTarget, Target
from phoenix.errors import UnobservableError
from phoenix.features.trusted_ca import STORE, in_bundle
from phoenix.providers.adapter import Provider, Resource
from phoenix.providers.reconciler import Observation, Reconciler, Spec
from phoenix.settings import Settings

TRUSTED = "trusted"


class TrustedRootSpec(Spec):
    """The root at `source` (a path on the node), trusted by `target` as `name`.crt.

    `state` is "trusted"; the live one tells what is wrong.
    """

    target: Target
    name: Annotated[str, Field(pattern=r"^[a-z0-9_.-]+$")]
    source: str
    state: str = TRUSTED


class TrustAction(Enum):
    """What there is to do."""

    INSTALL = "install the root and rebuild the bundle"

    def __str__(self) -> str:
        return self.value


class TrustedRootReconciler(Reconciler[TrustedRootSpec, TrustAction]):
    """Keeps the root in the system's store and bundle."""

    spec = TrustedRootSpec
    replace_on = frozenset({"target", "name"})

    def identity(self, desired: TrustedRootSpec) -> str:
        return f"{desired.target}/trust/{desired.name}".replace(" ", "/")

    def observe(self, settings: Settings, desired: TrustedRootSpec) -> Observation[TrustedRootSpec] | None:
        root = _root(settings, desired)
        shell = open_shell(settings, desired.target)
        installed = files.read(shell, _path(desired))
        if installed is None:
            return None
        state = TRUSTED
        if installed != root:
            state = "another certificate"
        elif shell.run(["sh", "-euc", in_bundle(root.decode())], check=False).exit_code != 0:
            state = "not in the system's bundle"
        fingerprint = x509.load_pem_x509_certificate(root).fingerprint(SHA256()).hex()
        return Observation(desired.model_copy(update={"state": state}), {"fingerprint": fingerprint})

    def plan(self, live: TrustedRootSpec | None, desired: TrustedRootSpec) -> Sequence[TrustAction]:
        return [] if live is not None and live.state == desired.state else [TrustAction.INSTALL]

    def perform(self, settings: Settings, desired: TrustedRootSpec, action: TrustAction) -> None:  # noqa: ARG002
        shell = open_shell(settings, desired.target)
        files.write(shell, _path(desired), _root(settings, desired))
        shell.run(["update-ca-certificates"])

    def remove(self, settings: Settings, spec: TrustedRootSpec) -> None:
        shell = open_shell(settings, spec.target)
        files.remove(shell, _path(spec))
        shell.run(["update-ca-certificates"])


def _path(spec: TrustedRootSpec) -> str:
    return f"{STORE}/{spec.name}.crt"


def _root(settings: Settings, spec: TrustedRootSpec) -> bytes:
    node = spec.target.node
    content = files.read(open_shell(settings, HostTarget(node=node)), spec.source)
    problem = "" if content else "is not there yet: the CA guest makes it"
    try:
        x509.load_pem_x509_certificate(content or b"")
    except ValueError:
        problem = problem or "is not a certificate in PEM"
    if problem or content is None:
        raise UnobservableError(resource=f"root of {spec.target}", host=node, cause=f"{spec.source} {problem}")
    return content


class TrustedRootProvider(Provider[TrustedRootSpec]):
    """Trusted roots."""

    reconciler = TrustedRootReconciler()


class TrustedRoot(Resource, module="phoenix", name="TrustedRoot"):
    """The internal root CA, trusted by one target."""

    fingerprint: pulumi.Output[str]
    """Hex SHA-256 of the certificate's DER."""

    def __init__(
        self, name: str, props: Mapping[str, pulumi.Input[object]], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(TrustedRootProvider(), name, props, ("fingerprint",), opts)
