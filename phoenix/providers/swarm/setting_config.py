"""Docker configs that hold a setting: as secrets of one, but that whoever may ask the Swarm can read them."""

import pulumi

from phoenix.clients.swarm_objects import Store
from phoenix.providers.core.resource import Resource
from phoenix.providers.swarm.rotated import NamedReconciler, changed
from phoenix.settings import Settings
from phoenix.specs.swarm import SettingConfigSpec


class SettingConfigReconciler(NamedReconciler[SettingConfigSpec]):
    spec = SettingConfigSpec
    store = Store.CONFIGS

    def content(self, settings: Settings, desired: SettingConfigSpec) -> bytes:
        return settings.stack_secrets((desired.setting,))[desired.setting].encode()

    def remark(self, live: SettingConfigSpec, desired: SettingConfigSpec) -> str:
        return changed(live, desired, "the setting holds another value")


class SettingConfig(Resource[SettingConfigSpec], reconciler=SettingConfigReconciler()):
    """A config of the Swarm; services refer to its full `name`."""

    name: pulumi.Output[str]
