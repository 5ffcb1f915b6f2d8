"""Docker secrets and configs of the stacks' settings, encrypted files and drawn values, and those of others."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from phoenix.model import Cluster, sourced
from phoenix.plan import targets
from phoenix.plan.choices import Choices
from phoenix.plan.placed import placed
from phoenix.specs.swarm import (
    ExternalObjectSpec,
    FileSecretSpec,
    GeneratedSecretSpec,
    SettingConfigSpec,
    SettingSecretSpec,
)

_UNKNOWN = "none"
"""The version of what is not looked at, as where a configuration is only checked."""

SecretSpec = SettingSecretSpec | FileSecretSpec | GeneratedSecretSpec | ExternalObjectSpec
ConfigSpec = SettingConfigSpec | ExternalObjectSpec


@dataclass(frozen=True)
class SecretsPlan:
    """What stacks only name in their compose files: by base name, what others make by its whole one."""

    secrets: Mapping[str, SecretSpec]
    configs: Mapping[str, ConfigSpec]


def encrypted(cluster: Cluster) -> tuple[str, ...]:
    """Paths below `stacks/` of the encrypted files that deployed stacks have secrets of, each once."""
    found = (
        f"{each.stack.name}/{secret.file}"
        for each in cluster.deployed
        for secret in each.environment.secrets.values()
        if secret.file is not None
    )
    return tuple(dict.fromkeys(found))


def settings(cluster: Cluster) -> tuple[str, ...]:
    """Keys of the settings that deployed stacks have secrets or configs of, each once."""
    environments = [each.environment for each in cluster.deployed]
    of_secrets = (secret.setting for each in environments for secret in each.secrets.values())
    of_configs = (config.setting for each in environments for config in each.configs.values())
    return tuple(dict.fromkeys(key for key in (*of_secrets, *of_configs) if key is not None))


def generated(cluster: Cluster) -> tuple[str, ...]:
    """Base names of the secrets that are drawn, each once."""
    found = (
        secret.base
        for each in cluster.deployed
        for secret in sourced.secrets(each.stack, each.environment_name)
        if secret.source.generate is not None
    )
    return tuple(dict.fromkeys(found))


def plan(cluster: Cluster, choices: Choices) -> SecretsPlan:
    """Those of the deployed stacks; what two of them share is here once. Raises ConfigurationError."""
    return SecretsPlan(dict(_secrets(cluster, choices)), dict(_configs(cluster, choices)))


def _secrets(cluster: Cluster, choices: Choices) -> Iterator[tuple[str, SecretSpec]]:
    manager, keep = targets.machine(cluster, cluster.swarm_manager), cluster.swarm.old_versions
    for each in cluster.deployed:
        for one in sourced.secrets(each.stack, each.environment_name):
            base, source = one.base, one.source
            place = (each.stack, ("environments", each.environment_name, "secrets", one.key))
            places = dict.fromkeys(("base", "name", "setting", "file", "length"), place)
            with placed(cluster, each.stack, places={**places, "path": (cluster, ("node", "paths", "secrets"))}):
                spec: SecretSpec
                if source.setting is not None:
                    name = f"{base}-{choices.setting_versions.get(source.setting, _UNKNOWN)}"
                    spec = SettingSecretSpec(manager=manager, keep=keep, base=base, name=name, setting=source.setting)
                elif source.file is not None:
                    file = f"{each.stack.name}/{source.file}"
                    name = f"{base}-{choices.file_versions.get(file, _UNKNOWN)}"
                    spec = FileSecretSpec(manager=manager, keep=keep, base=base, name=name, file=file)
                elif source.generate is not None:
                    path = f"{cluster.node.paths.secrets}/{base}"
                    spec = GeneratedSecretSpec(manager=manager, keep=keep, base=base, path=path, length=source.generate)
                else:
                    spec = ExternalObjectSpec(manager=manager, kind="secret", name=base)
            yield base, spec


def _configs(cluster: Cluster, choices: Choices) -> Iterator[tuple[str, ConfigSpec]]:
    manager, keep = targets.machine(cluster, cluster.swarm_manager), cluster.swarm.old_versions
    for each in cluster.deployed:
        for one in sourced.configs(each.stack, each.environment_name):
            place = (each.stack, ("environments", each.environment_name, "configs", one.key))
            with placed(cluster, each.stack, places=dict.fromkeys(("base", "name", "setting"), place)):
                spec: ConfigSpec
                if (key := one.source.setting) is not None:
                    name = f"{one.base}-{choices.setting_versions.get(key, _UNKNOWN)}"
                    spec = SettingConfigSpec(manager=manager, keep=keep, base=one.base, name=name, setting=key)
                else:
                    spec = ExternalObjectSpec(manager=manager, kind="config", name=one.base)
            yield one.base, spec
