"""Docker secrets made from files on the node: versioned names, and nothing of their content in Pulumi's state.

Each certificate gives a secret of its own name; services move to it by a rolling update.
"""

from collections.abc import Mapping
from typing import Any

import pulumi
from cryptography import x509

from phoenix.clients import files, switched_files
from phoenix.clients.shell import Shell, open_shell
from phoenix.clients.swarm_objects import Store, StoredObject
from phoenix.errors import OperationError
from phoenix.pki.chain import anchors_version, fingerprint
from phoenix.pki.keys import matches
from phoenix.providers.core.resource import Resource
from phoenix.providers.pki.certificate.plan import CERTIFICATE
from phoenix.providers.swarm.rotated import RotatedReconciler
from phoenix.settings import Settings
from phoenix.specs.swarm import DockerSecretSpec
from phoenix.specs.target import NodeTarget

FINGERPRINT_LABEL = "phoenix.fingerprint"
_NONE_YET = "missing"


class DockerSecretReconciler(RotatedReconciler[DockerSecretSpec]):
    spec = DockerSecretSpec
    store = Store.SECRETS
    replace_on = frozenset({"name"})

    def base(self, desired: DockerSecretSpec) -> str:
        return desired.name

    def present(self, desired: DockerSecretSpec) -> str:
        return desired.versioned_name

    def content(self, settings: Settings, desired: DockerSecretSpec) -> bytes:
        return _content(open_shell(settings, NodeTarget(node=desired.manager.node)), desired)

    def labels(self, desired: DockerSecretSpec) -> Mapping[str, str]:
        return {**super().labels(desired), FINGERPRINT_LABEL: desired.fingerprint}

    def outputs(self, desired: DockerSecretSpec) -> Mapping[str, Any]:
        return {"versioned_name": desired.versioned_name}

    def found(self, desired: DockerSecretSpec, shown: StoredObject) -> Mapping[str, Any]:
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
        pair = switched_files.read(shell, directory, [CERTIFICATE, file])
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
    next_step = "run again, so that the certificate is looked at (and issued where it is due) first"
    return desired.failure(f"read {desired.source}", cause, next_step, host=desired.manager.node)


class DockerSecret(Resource[DockerSecretSpec], reconciler=DockerSecretReconciler()):
    """A secret of the Swarm; services refer to `versioned_name`."""

    versioned_name: pulumi.Output[str]
