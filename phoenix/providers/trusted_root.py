"""The internal roots in a target's trust store; the certificates are those that the CA guest made, on the node."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Annotated

import pulumi
from pydantic import Field

from phoenix.clients import files
from phoenix.clients.shell import open_shell
from phoenix.clients.target import HostTarget, Target
from phoenix.errors import UnobservableError
from phoenix.features.trusted_ca.roots import TrustedRoots
from phoenix.pki.chain import anchors_version, parse_roots
from phoenix.providers.adapter import Provider, Resource
from phoenix.providers.reconciler import Observation, Reconciler, Spec
from phoenix.settings import Settings

TRUSTED = "trusted"


class TrustedRootSpec(Spec):
    """The roots at `source` (a path on the node), trusted by `target` as `name`.crt and, of two, `name`-2.crt.

    `made_from` stands for the roots, so that a change of theirs is one of this. `state` is "trusted"; the live one
    tells what is wrong.
    """

    target: Target
    name: Annotated[str, Field(pattern=r"^[a-z0-9_.-]+$")]
    source: str
    made_from: str = ""
    state: str = TRUSTED


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
    content = files.read(open_shell(settings, HostTarget(node=node)), spec.source)
    problem = "" if content else "is not there yet: the CA guest makes it"
    try:
        parse_roots(content or b"")
    except ValueError:
        problem = problem or "is not a certificate in PEM"
    if problem or content is None:
        raise UnobservableError(resource=f"root of {spec.target}", host=node, cause=f"{spec.source} {problem}")
    return content


class TrustedRootProvider(Provider[TrustedRootSpec]):
    """Trusted roots."""

    reconciler = TrustedRootReconciler()


class TrustedRoot(Resource, module="phoenix", name="TrustedRoot"):
    """The internal roots, trusted by one target."""

    fingerprint: pulumi.Output[str]
    """Hex, stands for the roots together; of a single one the SHA-256 of its DER."""

    def __init__(
        self, name: str, props: Mapping[str, pulumi.Input[object]], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(TrustedRootProvider(), name, props, ("fingerprint",), opts)
