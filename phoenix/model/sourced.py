"""A stack's secrets and configs that have their source in `stack.yaml`, by what they are called in the Swarm."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from phoenix.model.stack import Stack, StackEnvironment, deployed_name, external_name
from phoenix.model.stack_sources import ConfigSource, SecretSource

SourceT = TypeVar("SourceT", SecretSource, ConfigSource)


@dataclass(frozen=True)
class Sourced(Generic[SourceT]):
    """One of them: `key` in the compose file, `base` its name before the version, or the whole external one."""

    key: str
    base: str
    source: SourceT


def secrets(stack: Stack, name: str) -> tuple[Sourced[SecretSource], ...]:
    """Those of the environment `name`; raises VariableError."""
    environment = stack.environments[name]
    return tuple(_sourced(stack, name, _section(stack, environment, "secrets"), environment.secrets))


def configs(stack: Stack, name: str) -> tuple[Sourced[ConfigSource], ...]:
    """Those of the environment `name` that are of no file; raises VariableError."""
    environment = stack.environments[name]
    others = {key: source for key, source in environment.configs.items() if source.file is None}
    return tuple(_sourced(stack, name, _section(stack, environment, "configs"), others))


def secret_names(stack: Stack, name: str) -> dict[str, str]:
    """Every secret of the environment `name` by its key in the compose file: its base name; raises VariableError."""
    return _external(stack, name, "secrets") | {each.key: each.base for each in secrets(stack, name)}


def config_names(stack: Stack, name: str) -> dict[str, str]:
    """Every config of no file, as `secret_names`."""
    return _external(stack, name, "configs") | {each.key: each.base for each in configs(stack, name)}


def _external(stack: Stack, name: str, section: str) -> dict[str, str]:
    found = _section(stack, stack.environments[name], section).items()
    return {key: outer for key, value in found if (outer := external_name(key, value))}


def _sourced(
    stack: Stack, environment: str, section: Mapping[str, Any], sources: Mapping[str, SourceT]
) -> Iterator[Sourced[SourceT]]:
    for key, declared in section.items():
        if (source := sources.get(key)) is not None:
            # as Docker calls what a stack makes itself
            own = (declared or {}).get("name") or f"{deployed_name(stack.name, environment)}_{key}"
            yield Sourced(key, source.external or own, source)


def _section(stack: Stack, environment: StackEnvironment, name: str) -> Mapping[str, Any]:
    found = stack.filled(environment).get(name)
    return found if isinstance(found, Mapping) else {}
