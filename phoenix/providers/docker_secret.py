"""Docker secrets made from files on the node: versioned names, and nothing of their content in Pulumi's state.

A secret cannot be changed and not be removed while a service refers to it. So each certificate gives a secret of
its own name; services move by a rolling update; old versions go once nobody refers to them.
https://docs.docker.com/engine/swarm/secrets/
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import pulumi
from cryptography import x509
from docker.client import DockerClient
from docker.errors import NotFound
from pydantic import Field

from phoenix.clients import files, versioned
from phoenix.clients.docker_engine import engine, reaching
from phoenix.clients.shell import Shell, open_shell
from phoenix.clients.target import HostTarget, VmTarget
from phoenix.errors import OperationError
from phoenix.pki.chain import fingerprint
from phoenix.pki.keys import matches
from phoenix.providers.adapter import Provider, Resource
from phoenix.providers.certificate.spec import CERTIFICATE, AbsolutePath
from phoenix.providers.reconciler import Observation, Reconciler, Spec
from phoenix.settings import Settings

BASE_LABEL = "phoenix.base"
FINGERPRINT_LABEL = "phoenix.fingerprint"
_VERSION_DIGITS = 12
_NONE_YET = "missing"


class DockerSecretSpec(Spec):
    """A secret `<name>-<first digits of fingerprint>` in the Swarm of `manager`."""

    manager: VmTarget
    name: Annotated[
        str, Field(pattern=r"^[a-zA-Z0-9]([a-zA-Z0-9_.-]*[a-zA-Z0-9])?$", max_length=64 - 1 - _VERSION_DIGITS)
    ]
    source: AbsolutePath
    """The file on the node: a certificate, or the key beside one."""
    fingerprint: str
    """Of the (first) certificate in the file, or of the one beside the key: it is the version."""
    keep: Annotated[int, Field(ge=0)] = 1
    """How many old versions stay besides the present one."""
    stale: tuple[str, ...] = ()
    """Old versions beyond `keep` that no service refers to; the program always says none."""

    @property
    def versioned_name(self) -> str:
        """The secret's real name."""
        return f"{self.name}-{self.fingerprint[:_VERSION_DIGITS]}"


@dataclass(frozen=True)
class Create:
    """Makes the present version."""

    name: str

    def __str__(self) -> str:
        return f"create {self.name}"


@dataclass(frozen=True)
class Drop:
    """Removes an old version."""

    name: str

    def __str__(self) -> str:
        return f"remove {self.name}"


SecretAction = Create | Drop


@dataclass(frozen=True)
class Version:
    """One existing version, and whether a service refers to it."""

    name: str
    fingerprint: str
    created: int
    """The Swarm's index of its creation: later is greater."""
    used: bool


def stale(versions: Sequence[Version], present: str, keep: int) -> tuple[str, ...]:
    """The names of old versions that may go: not `present`, beyond the `keep` newest others, used by nobody."""
    old = sorted((one for one in versions if one.name != present), key=lambda one: one.created, reverse=True)
    return tuple(one.name for one in old[keep:] if not one.used)


def plan(live: DockerSecretSpec | None, desired: DockerSecretSpec) -> Sequence[SecretAction]:
    """The new version first; what was found stale goes after it."""
    create: list[SecretAction] = []
    if live is None or live.fingerprint != desired.fingerprint:
        create.append(Create(desired.versioned_name))
    return [*create, *(Drop(name) for name in (live.stale if live else ()))]


class DockerSecretReconciler(Reconciler[DockerSecretSpec, SecretAction]):
    """Converges the versions of one secret; talks to the manager's own engine."""

    spec = DockerSecretSpec
    replace_on = frozenset({"name"})

    def identity(self, desired: DockerSecretSpec) -> str:
        return f"docker-secret/{desired.manager.vmid}/{desired.name}"

    def observe(self, settings: Settings, desired: DockerSecretSpec) -> Observation[DockerSecretSpec] | None:
        with _reaching(desired, "read"):
            versions = _versions(engine(settings, desired.manager), desired.name)
        if not versions:
            return None
        known = {one.name: one.fingerprint for one in versions}
        newest = max(versions, key=lambda one: one.created)
        live = desired.fingerprint if desired.versioned_name in known else newest.fingerprint or _NONE_YET
        found = {"fingerprint": live, "stale": stale(versions, desired.versioned_name, desired.keep)}
        return Observation(desired.model_copy(update=found), {"versioned_name": desired.versioned_name})

    def plan(self, live: DockerSecretSpec | None, desired: DockerSecretSpec) -> Sequence[SecretAction]:
        return plan(live, desired)

    def perform(self, settings: Settings, desired: DockerSecretSpec, action: SecretAction) -> None:
        match action:
            case Create():
                content = _content(open_shell(settings, HostTarget(node=desired.manager.node)), desired)
                labels = {BASE_LABEL: desired.name, FINGERPRINT_LABEL: desired.fingerprint}
                with _reaching(desired, f"create {action.name}"):
                    engine(settings, desired.manager).api.create_secret(action.name, content, labels)
            case Drop(name):
                with _reaching(desired, f"remove {name}"):
                    _drop(engine(settings, desired.manager), name)

    def remove(self, settings: Settings, spec: DockerSecretSpec) -> None:
        with _reaching(spec, "remove"):
            client = engine(settings, spec.manager)
            for version in _versions(client, spec.name):
                # one that is in use is refused by the engine, which names the service
                _drop(client, version.name)


def _versions(client: DockerClient, base: str) -> list[Version]:
    secrets = client.api.secrets(filters={"label": f"{BASE_LABEL}={base}"})
    used = {
        secret.get("SecretID")
        for service in client.api.services()
        for secret in service["Spec"]["TaskTemplate"].get("ContainerSpec", {}).get("Secrets") or ()
    }
    return [
        Version(
            one["Spec"]["Name"],
            one["Spec"]["Labels"].get(FINGERPRINT_LABEL, ""),
            one["Version"]["Index"],
            one["ID"] in used,
        )
        for one in secrets
    ]


def _drop(client: DockerClient, name: str) -> None:
    try:
        client.api.remove_secret(name)
    except NotFound:
        return


def _content(shell: Shell, desired: DockerSecretSpec) -> bytes:
    """The file's content, when it is of the wanted version; a key is judged by the certificate beside it."""
    directory, _, file = desired.source.rpartition("/")
    content = files.read(shell, desired.source)
    if content is None:
        raise _unusable(desired, "it is missing")
    if b"PRIVATE KEY" not in content:
        certificate = content
    else:
        pair = versioned.read(shell, directory, [CERTIFICATE, file])
        certificate, content = pair[CERTIFICATE], pair[file]
    try:
        first = x509.load_pem_x509_certificates(certificate)[0]
    except ValueError:
        raise _unusable(desired, "no readable certificate says which version it is") from None
    if fingerprint(first) != desired.fingerprint:
        raise _unusable(desired, f"it is of {fingerprint(first)[:16]}, expected was {desired.fingerprint[:16]}")
    if content is not certificate and not matches(content, first):
        raise _unusable(desired, "it does not match the certificate beside it")
    return content


def _reaching(spec: DockerSecretSpec, operation: str) -> Any:
    return reaching(
        spec.manager,
        f"Docker secret {spec.name}",
        operation,
        "see `docker secret ls` and `docker service ls` on the manager; the Swarm must be up and the secret unused",
    )


def _unusable(desired: DockerSecretSpec, cause: str) -> OperationError:
    return OperationError(
        resource=f"Docker secret {desired.name}",
        operation=f"read {desired.source}",
        host=desired.manager.node,
        cause=cause,
        next_step="run again, so that the certificate is looked at (and issued where it is due) first",
    )


class DockerSecretProvider(Provider[DockerSecretSpec]):
    """Makes one secret's present version and removes its old ones."""

    reconciler = DockerSecretReconciler()


class DockerSecret(Resource, module="phoenix", name="DockerSecret"):
    """A secret of the Swarm; services refer to `versioned_name`."""

    versioned_name: pulumi.Output[str]

    def __init__(
        self, name: str, props: Mapping[str, pulumi.Input[Any]], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(DockerSecretProvider(), name, props, ("versioned_name",), opts)
