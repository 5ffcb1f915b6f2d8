"""Docker secrets that hold a setting: the program names it, only the provider reads it, and no state ever holds it."""

from phoenix.clients.swarm_objects import Store
from phoenix.providers.core.resource import Resource
from phoenix.providers.swarm.rotated import NamedReconciler
from phoenix.settings import Settings
from phoenix.specs.swarm import SettingSecretSpec


class SettingSecretReconciler(NamedReconciler[SettingSecretSpec]):
    spec = SettingSecretSpec
    store = Store.SECRETS

    def content(self, settings: Settings, desired: SettingSecretSpec) -> bytes:
        value: str = getattr(settings, desired.setting).get_secret_value()
        return value.encode()


class SettingSecret(Resource[SettingSecretSpec], reconciler=SettingSecretReconciler()):
    """A secret of the Swarm; services refer to its full name."""
