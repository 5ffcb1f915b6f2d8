"""Docker secrets that hold a setting: the program names it, only the provider reads it, and no state ever holds it."""

import pulumi

from phoenix.clients.swarm_objects import Store
from phoenix.providers.core.resource import Resource
from phoenix.providers.swarm.rotated import NamedReconciler, changed
from phoenix.settings import Settings
from phoenix.specs.swarm import SettingSecretSpec
from phoenix.vocabulary.names import ADMIN_PASSWORD


class SettingSecretReconciler(NamedReconciler[SettingSecretSpec]):
    spec = SettingSecretSpec
    store = Store.SECRETS

    def content(self, settings: Settings, desired: SettingSecretSpec) -> bytes:
        if desired.setting == ADMIN_PASSWORD:
            return settings.portainer_admin_password.get_secret_value().encode()
        return settings.stack_secrets((desired.setting,))[desired.setting].encode()

    def remark(self, live: SettingSecretSpec, desired: SettingSecretSpec) -> str:
        return changed(live, desired, "the setting holds another value")


class SettingSecret(Resource[SettingSecretSpec], reconciler=SettingSecretReconciler()):
    """A secret of the Swarm; services refer to its full `name`."""

    name: pulumi.Output[str]
