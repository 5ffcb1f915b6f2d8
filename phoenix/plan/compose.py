"""A stack's compose file as it is deployed: Traefik labels, placement on its guest, versioned secret names."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from phoenix.model import Cluster, Stack, StackEnvironment, VmGuest
from phoenix.model.compose.env_file import assignments
from phoenix.model.compose.file import COMPOSE_FILE, version
from phoenix.model.compose.filled import filled
from phoenix.model.compose.named_files import env_files, source
from phoenix.model.placement import is_pinned
from phoenix.model.stack import config_base, label_text
from phoenix.plan.digests import content_version
from phoenix.plan.yaml_text import dump, plain
from phoenix.specs.stacks import JOB_LABEL, FromSetting, Variables


@dataclass(frozen=True)
class Config:
    """A Docker config made from a file of the stack; immutable, so that its name carries its content's digest."""

    base: str
    name: str
    content: str


def configs(stack: Stack, environment: StackEnvironment) -> tuple[Config, ...]:
    """The Docker configs that the stack's services mount, in the order of `files` and of the compose file."""
    return tuple(_config(stack, base, path) for base, path in stack.config_files(environment).items())


def _config(stack: Stack, base: str, path: str) -> Config:
    content = stack.contents[path]
    return Config(base, f"{base}-{content_version(content)}", content)


def secret_settings(cluster: Cluster) -> tuple[str, ...]:
    """Keys of the settings that deployed stacks refer to, each once."""
    return tuple(dict.fromkeys(key for each in cluster.deployed for key in each.environment.settings))


def variables(environment: StackEnvironment) -> Variables:
    """What the compose file's `${NAME}`s stand for; a secret by its setting's name, never its value."""
    return {
        each.name: FromSetting(setting=each.secret) if each.secret is not None else str(each.value)
        for each in environment.variables
    }


def render(
    stack: Stack, environment: StackEnvironment, guest: VmGuest, secrets: Mapping[str, str], configs: Mapping[str, str]
) -> str:
    """The compose file as YAML, in which Docker finds nothing left to fill in but the variables that are secrets.

    `secrets` and `configs` map keys of the compose file to the names that exist in the Swarm; configs of files need
    none. Services that must run where their data is are placed on `guest`. Raises KeyError for a key that has no name.
    """
    found = stack.filled(environment)
    document = plain(COMPOSE_FILE.given(filled(stack.compose, environment.fill, lambda each: each.for_docker)))
    document = {"version": version(found), **{key: each for key, each in document.items() if key != "version"}}
    for name, service in document["services"].items():
        service.pop("build", None)
        _inline(stack, found["services"][name], service)
        deploy = service["deploy"] = service.get("deploy") or {}
        added = {key: _escaped(value) for key, value in environment.labels(name).items()}
        if added:
            deploy["labels"] = {**_as_mapping(deploy.get("labels")), **added}
        if is_pinned(stack, found, name):
            placement = deploy["placement"] = deploy.get("placement") or {}
            placement["constraints"] = [*(placement.get("constraints") or ()), f"node.hostname == {guest.name}"]
        for labelled in (service, deploy):
            _textual(labelled)
        if str(deploy.get("mode", "")).endswith("-job"):
            deploy["labels"] = {**_as_mapping(deploy.get("labels")), JOB_LABEL: content_version(dump(service))}
    for section in ("networks", "volumes"):
        for each in (document.get(section) or {}).values():
            _textual(each or {})
    for key in document.get("secrets") or ():
        document["secrets"][key] = {"external": True, "name": secrets[key]}
    _refer_to_configs(stack, environment, document, configs)
    return dump(document)


def _refer_to_configs(
    stack: Stack, environment: StackEnvironment, document: dict[str, Any], names: Mapping[str, str]
) -> None:
    made = {each.base: each.name for each in configs(stack, environment)}
    declared = document.get("configs") or {}
    for key, config in declared.items():
        path = environment.config_path(key, config)
        name = made[config_base(stack.name, path, (config or {}).get("name", ""))] if path else names[key]
        declared[key] = {"external": True, "name": name}
    for file in environment.files:
        name = made[config_base(stack.name, file.source)]
        declared = {**declared, name: {"external": True}}
        for each in file.services:
            service = document["services"][each]
            service["configs"] = [*(service.get("configs") or ()), {"source": name, "target": file.target}]
    if declared:
        document["configs"] = declared


def _inline(stack: Stack, found: Mapping[str, Any], service: dict[str, Any]) -> None:
    """Puts what the service's `env_file`s say below its `environment`, which counts first."""
    if service.pop("env_file", None) is None:
        return
    given = service.get("environment") or {}
    own = given if isinstance(given, Mapping) else dict(_pair(entry) for entry in given)
    contents = [stack.contents[source(path)] for path in env_files(found)]
    service["environment"] = {
        **{name: _escaped(value) for text in contents for _, name, value in assignments(text)},
        **own,
    }


def _pair(entry: str) -> tuple[str, str | None]:
    name, equals, value = entry.partition("=")
    return name, value if equals else None


def _escaped(text: str) -> str:
    """Text in which Docker finds no variables."""
    return text.replace("$", "$$")


def _textual(labelled: dict[str, Any]) -> None:
    """Labels that are switches become the texts that Docker makes of them."""
    if isinstance(labelled.get("labels"), Mapping):
        labelled["labels"] = {
            key: label_text(value) if isinstance(value, bool) else value for key, value in labelled["labels"].items()
        }


def _as_mapping(labels: Any) -> dict[str, Any]:
    if isinstance(labels, Mapping):
        return dict(labels)
    return {key: value for key, _, value in (str(label).partition("=") for label in labels or ())}
