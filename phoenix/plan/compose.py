"""A stack's compose file as it is deployed: Traefik labels, placement on its guest, versioned secret names."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from phoenix.model import Cluster, Stack, StackEnvironment, VmGuest
from phoenix.plan.versions import content_version
from phoenix.plan.yaml_text import dump

ADMIN_PASSWORD = "portainer_admin_password"
"""Base name of the secret that holds the password of Portainer's first account."""


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


def variables(environment: StackEnvironment) -> dict[str, Any]:
    """What the compose file's `${NAME}`s stand for; a secret by its setting's name, never its value."""
    return {
        each.name: {"setting": each.secret} if each.secret is not None else str(each.value)
        for each in environment.variables
    }


def render(stack: Stack, environment: StackEnvironment, guest: VmGuest, secrets: Mapping[str, str]) -> str:
    """The compose file as YAML. `secrets` maps base names to the versioned names that exist in the Swarm.

    Replicated services are placed on `guest`, whose directories hold their volumes; global services run everywhere.
    Raises KeyError for an external secret that `secrets` does not name.
    """
    document: dict[str, Any] = copy.deepcopy(stack.compose)
    for name, service in document["services"].items():
        deploy = service.setdefault("deploy", {})
        labels = environment.labels(name)
        if labels:
            deploy["labels"] = {**_as_mapping(deploy.get("labels")), **labels}
        if deploy.get("mode") != "global":
            constraints = deploy.setdefault("placement", {}).setdefault("constraints", [])
            constraints.append(f"node.hostname == {guest.name}")
    for key, base in stack.external_secrets.items():
        document["secrets"][key] = {"external": True, "name": secrets[base]}
    for file in environment.files:
        config = _config(stack, file.source)
        document.setdefault("configs", {})[config.name] = {"external": True}
        for name in file.services:
            mounts = document["services"][name].setdefault("configs", [])
            mounts.append({"source": config.name, "target": file.target})
    return dump(document)


def _as_mapping(labels: Any) -> dict[str, str]:
    if isinstance(labels, Mapping):
        return {str(key): str(value) for key, value in labels.items()}
    return dict(str(label).split("=", 1) for label in labels or ())
