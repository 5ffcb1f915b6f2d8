"""Docker secrets made from files on the node: versioned names, and nothing of their content in Pulumi's state.

Each certificate gives a secret of its own name; services move to it by a rolling update.
"""

from collections.abc import Mapping
from typing import Annotated, Any

import pulumi
from cryptography import x509
from pydantic import Field

from phoenix.clients import files, versioned
from phoenix.clients.shell import Shell, open_shell
from phoenix.clients.swarm_store import Store, Version
from phoenix.clients.target import HostTarget
from phoenix.errors import OperationError
from phoenix.pki.chain import anchors_version, fingerprint
from phoenix.pki.keys import matches
from phoenix.providers.adapter import Provider, Resource
from phoenix.providers.certificate.spec import CERTIFICATE, AbsolutePath
from phoenix.providers.stored_version import NAME, StoreReconciler, StoreSpec
from phoenix.settings import Settings

FINGERPRINT_LABEL = "phoenix.fingerprint"
_VERSION_DIGITS = 12
_NONE_YET = "missing"


class DockerSecretSpec(StoreSpec):
    """A secret `<name>-<first digits of fingerprint>` in the Swarm of `manager`."""

    name: Annotated[str, Field(pattern=NAME, max_length=64 - 1 - _VERSION_DIGITS)]
    source: AbsolutePath
    """The file on the node: a certificate, or the key beside one."""
    fingerprint: str
    """It is the version: of the leaf in the file or beside the key, of roots what stands for them together."""

    @property
    def versioned_name(self) -> str:
        """The secret's real name."""
        return f"{self.name}-{self.fingerprint[:_VERSION_DIGITS]}"


class DockerSecretReconciler(StoreReconciler[DockerSecretSpec]):
    spec = DockerSecretSpec
    store = Store.SECRETS
    replace_on = frozenset({"name"})

    def base(self, desired: DockerSecretSpec) -> str:
        return desired.name

    def present(self, desired: DockerSecretSpec) -> str:
        return desired.versioned_name

    def content(self, settings: Settings, desired: DockerSecretSpec) -> bytes:
        return _content(open_shell(settings, HostTarget(node=desired.manager.node)), desired)

    def labels(self, desired: DockerSecretSpec) -> Mapping[str, str]:
        return {**super().labels(desired), FINGERPRINT_LABEL: desired.fingerprint}

    def outputs(self, desired: DockerSecretSpec) -> Mapping[str, Any]:
        return {"versioned_name": desired.versioned_name}

    def found(self, desired: DockerSecretSpec, shown: Version) -> Mapping[str, Any]:
        if shown.name == desired.versioned_name:
            return {}
        return {"fingerprint": shown.labels.get(FINGERPRINT_LABEL) or _NONE_YET}


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
        first, *_ = found = x509.load_pem_x509_certificates(certificate)
    except ValueError:
        raise _unusable(desired, "no readable certificate says which version it is") from None
    version = anchors_version(found) if first.subject == first.issuer else fingerprint(first)
    if version != desired.fingerprint:
        raise _unusable(desired, f"it is of {version[:16]}, expected was {desired.fingerprint[:16]}")
    if content is not certificate and not matches(content, first):
        raise _unusable(desired, "it does not match the certificate beside it")
    return content


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
