"""A stack's compose file as it is deployed: Traefik labels, placement on its guest, versioned secret names."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from phoenix.model import Cluster, Stack, StackEnvironment, VmGuest
from phoenix.plan.digests import content_version
from phoenix.plan.yaml_text import dump, plain
from phoenix.specs.stacks import FromSetting, Variables


@dataclass(frozen=True)
class Config:
    """A Docker config made from a file of the stack; immutable, so that its name carries its content's digest."""

    base: str
    name: str
    content: str


def stack_name(stack: Stack, environment: str) -> str:
    """The deployed stack's name, `qdrant_service-production`: Portainer accepts lower case only."""
    return f"{stack.name}-{environment}".lower()


def configs(stack: Stack, environment: StackEnvironment) -> tuple[Config, ...]:
    """The Docker configs that the stack's services mount, in the order of `files`."""
    found = {file.source: _config(stack, file.source) for file in environment.files}
    return tuple(found.values())


def _config(stack: Stack, source: str) -> Config:
    content = stack.contents[source]
    base = f"{stack.name}-{''.join(each if each.isalnum() else '-' for each in source)}"
    return Config(base, f"{base}-{content_version(content)}", content)


def secret_settings(cluster: Cluster) -> tuple[str, ...]:
    """Keys of the settings that variables of deployed stacks refer to, each once."""
    variables = (
        variable
        for guest in cluster.guests
        for _, environment in cluster.stacks_of(guest)
        for variable in environment.variables
    )
    return tuple(dict.fromkeys(variable.secret for variable in variables if variable.secret is not None))


def variables(environment: StackEnvironment) -> Variables:
    """What the compose file's `${NAME}`s stand for; a secret by its setting's name, never its value."""
    return {
        each.name: FromSetting(setting=each.secret) if each.secret is not None else str(each.value)
        for each in environment.variables
    }


def render(stack: Stack, environment: StackEnvironment, guest: VmGuest, secrets: Mapping[str, str]) -> str:
    """The compose file as YAML. `secrets` maps base names to the versioned names that exist in the Swarm.

    Replicated services are placed on `guest`, whose directories hold their volumes; global services run everywhere.
    Raises KeyError for an external secret that `secrets` does not name.
    """
    document = plain(stack.compose)
    for name, service in document["services"].items():
        deploy = service["deploy"] = service.get("deploy") or {}
        labels = environment.labels(name)
        if labels:
            deploy["labels"] = {**_as_mapping(deploy.get("labels")), **labels}
        if deploy.get("mode") != "global":
            placement = deploy["placement"] = deploy.get("placement") or {}
            placement["constraints"] = [*(placement.get("constraints") or ()), f"node.hostname == {guest.name}"]
    for key, base in stack.external_secrets.items():
        document["secrets"][key] = {"external": True, "name": secrets[base]}
    for file in environment.files:
        config = _config(stack, file.source)
        document["configs"] = {**(document.get("configs") or {}), config.name: {"external": True}}
        for name in file.services:
            service = document["services"][name]
            service["configs"] = [*(service.get("configs") or ()), {"source": config.name, "target": file.target}]
    return dump(document)


def _as_mapping(labels: Any) -> dict[str, str]:
    if isinstance(labels, Mapping):
        return {str(key): _text(value) for key, value in labels.items()}
    return {key: value for key, _, value in (str(label).partition("=") for label in labels or ())}


def _text(value: Any) -> str:
    """A label's value as Docker writes it."""
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
