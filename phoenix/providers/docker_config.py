"""Docker configs: files that services mount and nobody needs to hide."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from phoenix.clients.swarm_store import Store, Version
from phoenix.providers.adapter import Provider, Resource
from phoenix.providers.refusal import Refuse
from phoenix.providers.stored_version import NamedReconciler, NamedSpec, VersionAction
from phoenix.settings import Settings


class DockerConfigSpec(NamedSpec):
    """The version in `name` is a digest of `content`."""

    content: str


class DockerConfigReconciler(NamedReconciler[DockerConfigSpec]):
    spec = DockerConfigSpec
    store = Store.CONFIGS

    def content(self, settings: Settings, desired: DockerConfigSpec) -> bytes:  # noqa: ARG002
        return desired.content.encode()

    def found(self, desired: DockerConfigSpec, shown: Version) -> Mapping[str, Any]:
        return {**super().found(desired, shown), "content": shown.content.decode(errors="replace")}

    def plan(self, live: DockerConfigSpec | None, desired: DockerConfigSpec) -> Sequence[VersionAction]:
        if live is not None and live.name == desired.name and live.content != desired.content:
            advice = f"move its services away and `docker config rm {desired.name}`, then run again"
            return [Refuse(f"{desired.name} holds something else, and a config cannot be changed", advice)]
        return super().plan(live, desired)


class DockerConfigProvider(Provider[DockerConfigSpec]):
    """Adapter of the kind."""

    reconciler = DockerConfigReconciler()


class DockerConfig(Resource, module="phoenix", name="DockerConfig"):
    """A config of the Swarm; services refer to its full name."""

    def __init__(
        self, name: str, props: Mapping[str, pulumi.Input[Any]], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(DockerConfigProvider(), name, props, (), opts)
