"""Docker configs: files that services mount and nobody needs to hide."""

from collections.abc import Mapping, Sequence
from typing import Any

from phoenix.clients.swarm_objects import Store, StoredObject
from phoenix.providers.core.refusal import Refuse
from phoenix.providers.core.resource import Resource
from phoenix.providers.swarm.rotated import NamedReconciler, RotationAction
from phoenix.settings import Settings
from phoenix.specs.swarm import DockerConfigSpec


class DockerConfigReconciler(NamedReconciler[DockerConfigSpec]):
    spec = DockerConfigSpec
    store = Store.CONFIGS

    def content(self, settings: Settings, desired: DockerConfigSpec) -> bytes:  # noqa: ARG002
        return desired.content.encode()

    def found(self, desired: DockerConfigSpec, shown: StoredObject) -> Mapping[str, Any]:
        return {**super().found(desired, shown), "content": shown.content.decode(errors="replace")}

    def plan(self, live: DockerConfigSpec | None, desired: DockerConfigSpec) -> Sequence[RotationAction]:
        if live is not None and live.name == desired.name and live.content != desired.content:
            advice = f"move its services away and `docker config rm {desired.name}`, then run again"
            return [Refuse(f"{desired.name} holds something else, and a config cannot be changed", advice)]
        return super().plan(live, desired)


class DockerConfig(Resource[DockerConfigSpec], reconciler=DockerConfigReconciler()):
    """A config of the Swarm; services refer to its full name."""
