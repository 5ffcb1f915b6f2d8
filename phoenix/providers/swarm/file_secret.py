"""Docker secrets of files that SOPS has encrypted: decrypted in this process's memory at the moment of use."""

import pulumi

from phoenix.clients import sops
from phoenix.clients.swarm_objects import Store
from phoenix.providers.core.resource import Resource
from phoenix.providers.swarm.rotated import NamedReconciler, changed
from phoenix.settings import Settings
from phoenix.specs.swarm import FileSecretSpec


class FileSecretReconciler(NamedReconciler[FileSecretSpec]):
    spec = FileSecretSpec
    store = Store.SECRETS

    def content(self, settings: Settings, desired: FileSecretSpec) -> bytes:
        return sops.decrypted(settings, desired.file)

    def remark(self, live: FileSecretSpec, desired: FileSecretSpec) -> str:
        return changed(live, desired, f"stacks/{desired.file} holds something else")


class FileSecret(Resource[FileSecretSpec], reconciler=FileSecretReconciler()):
    """A secret of the Swarm; services refer to its full `name`."""

    name: pulumi.Output[str]
