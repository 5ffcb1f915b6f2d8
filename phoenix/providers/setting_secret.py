"""Docker secrets that hold a setting: the program names it, only the provider reads it, and no state ever holds it."""

from collections.abc import Mapping
from typing import Any, Literal

import pulumi

from phoenix.clients.swarm_store import Store
from phoenix.providers.adapter import Provider, Resource
from phoenix.providers.stored_version import NamedReconciler, NamedSpec
from phoenix.settings import Settings


class SettingSecretSpec(NamedSpec):
    """The version in `name` is a keyed digest of the setting, so that a changed setting is another version."""

    setting: Literal["portainer_admin_password"]


class SettingSecretReconciler(NamedReconciler[SettingSecretSpec]):
    spec = SettingSecretSpec
    store = Store.SECRETS

    def content(self, settings: Settings, desired: SettingSecretSpec) -> bytes:
        value: str = getattr(settings, desired.setting).get_secret_value()
        return value.encode()


class SettingSecretProvider(Provider[SettingSecretSpec]):
    """Adapter of the kind."""

    reconciler = SettingSecretReconciler()


class SettingSecret(Resource, module="phoenix", name="SettingSecret"):
    """A secret of the Swarm; services refer to its full name."""

    def __init__(
        self, name: str, props: Mapping[str, pulumi.Input[Any]], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(SettingSecretProvider(), name, props, (), opts)
