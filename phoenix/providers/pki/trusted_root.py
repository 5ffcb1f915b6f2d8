"""The internal roots in a target's trust store; the certificates are those that the CA guest made, on the node."""

from collections.abc import Sequence
from enum import Enum

import pulumi

from phoenix.clients import files
from phoenix.clients.shell import open_shell
from phoenix.errors import UnobservableError
from phoenix.features.trusted_ca.roots import TrustedRoots
from phoenix.pki.chain import anchors_version, parse_roots
from phoenix.providers.core.reconciler import Observation, Reconciler
from phoenix.providers.core.resource import Resource
from phoenix.settings import Settings
from phoenix.specs.pki import TrustedRootSpec
from phoenix.specs.target import NodeTarget

TRUSTED = "trusted"


class TrustAction(Enum):
    """What there is to do."""

    INSTALL = "install the root and rebuild the bundle"

    def __str__(self) -> str:
        return self.value


class TrustedRootReconciler(Reconciler[TrustedRootSpec, TrustAction]):
    """Keeps the roots in the system's store and bundle."""

    spec = TrustedRootSpec
    replace_on = frozenset({"target", "name"})

    def identity(self, desired: TrustedRootSpec) -> str:
        return f"{desired.target}/trust/{desired.name}".replace(" ", "/")

    def observe(self, settings: Settings, desired: TrustedRootSpec) -> Observation[TrustedRootSpec] | None:
        roots = _roots(settings, desired)
        shell = open_shell(settings, desired.target)
        check = TrustedRoots(desired.name, roots.decode()).check()
        met = shell.run(["sh", "-uc", check], check=False).exit_code == 0
        live = desired.model_copy(update={"state": TRUSTED if met else "not as the CA's directory has it"})
        return Observation(live, {"fingerprint": anchors_version(parse_roots(roots))})

    def plan(self, live: TrustedRootSpec | None, desired: TrustedRootSpec) -> Sequence[TrustAction]:
        return [] if live is not None and live.state == desired.state else [TrustAction.INSTALL]

    def perform(self, settings: Settings, desired: TrustedRootSpec, action: TrustAction) -> None:  # noqa: ARG002
        part = TrustedRoots(desired.name, _roots(settings, desired).decode())
        part.apply(open_shell(settings, desired.target))

    def remove(self, settings: Settings, spec: TrustedRootSpec) -> None:
        open_shell(settings, spec.target).script(TrustedRoots(spec.name, "").undo())


def _roots(settings: Settings, spec: TrustedRootSpec) -> bytes:
    node = spec.target.node
    content = files.read(open_shell(settings, NodeTarget(node=node)), spec.source)
    problem = "" if content else "is not there yet: the CA guest makes it"
    try:
        parse_roots(content or b"")
    except ValueError:
        problem = problem or "is not a certificate in PEM"
    if problem or content is None:
        raise UnobservableError(resource=str(spec), host=node, cause=f"{spec.source} {problem}")
    return content


class TrustedRoot(Resource[TrustedRootSpec], reconciler=TrustedRootReconciler()):
    """The internal roots, trusted by one target."""

    fingerprint: pulumi.Output[str]
    """Hex, stands for the roots together; of a single one the SHA-256 of its DER."""
