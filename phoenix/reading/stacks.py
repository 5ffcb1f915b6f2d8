"""Stacks as they were deployed: by Portainer with the file that it keeps, by the Swarm with the one on the node."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from phoenix.clients import files
from phoenix.clients.portainer import Portainer, observing, portainer
from phoenix.clients.private_directory import private_directory
from phoenix.clients.shell import Shell
from phoenix.model.docker_scalars import read_as_docker_does
from phoenix.model.document import read as read_document
from phoenix.reading.asking import Missing
from phoenix.reading.swarm import Swarm
from phoenix.redaction import register
from phoenix.settings import Settings
from phoenix.specs.portainer import PortainerServer

_DEPLOYER = "phoenix.deployed_by"
_VARIABLE = re.compile(r"\$\{(\w+)(?::?[-?][^}]*)?\}|\$(\w+)")


def of_portainer(
    settings: Settings, server: PortainerServer, missing: Missing
) -> tuple[dict[str, str], dict[str, dict[str, Any]]]:
    """URLs of its environments by name, and its stacks by name; raises UnobservableError."""
    with observing(server, "Portainer"):
        api = portainer(settings, server)
        endpoints = {int(each["Id"]): each for each in api.get("endpoints") or ()}
        found: dict[str, dict[str, Any]] = {}
        for each in api.get("stacks") or ():
            name = str(each["Name"])
            with missing.unless_told(f"the file of the stack {name}"):
                found[name] = _kept(api, each, endpoints)
    return {str(each["Name"]): str(each.get("URL", "")) for each in endpoints.values()}, found


def _kept(api: Portainer, stack: Mapping[str, Any], endpoints: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
    variables = {str(pair["name"]): str(pair["value"]) for pair in stack.get("Env") or ()}
    return {
        "deployed_by": "portainer",
        "endpoint": str(endpoints.get(int(stack["EndpointId"]), {}).get("Name", "")),
        "compose": api.get(f"stacks/{stack['Id']}/file")["StackFileContent"],
        "variables": variables,
    }


def of_the_swarm(node: Shell, found: Swarm, folders: Iterable[str], others: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Stacks that are none of `others`, with the compose file below one of the node's `folders` if it is theirs."""
    stacks: dict[str, dict[str, Any]] = {}
    for name, services in found.services.items():
        if not name or name in others:
            continue
        own = {str(each["Spec"]["Name"]).removeprefix(f"{name}_"): each for each in services}
        stacks[name] = {"deployed_by": "swarm", "compose": "", "variables": {}}
        for folder in (f"{each}/{stem}" for each in folders for stem in (name, name.rpartition("-")[0]) if stem):
            text = (files.read(node, f"{folder}/compose.yaml") or b"").decode(errors="replace")
            data = yaml(text) if text else None
            if isinstance(data, Mapping) and {*(data.get("services") or {})} == own.keys():
                stacks[name] |= {"compose": text, "variables": _variables(data, own), "constraints": _constraints(own)}
                break
    return stacks


def _constraints(services: Mapping[str, Mapping[str, Any]]) -> dict[str, list[str]]:
    """Where the services run, by what the Swarm holds: the file on the node is from before it was placed."""
    placements = {name: each["Spec"]["TaskTemplate"].get("Placement") or {} for name, each in services.items()}
    return {name: list(each.get("Constraints") or ()) for name, each in placements.items()}


def deployed(text: str, constraints: Mapping[str, list[str]]) -> Any:
    """A compose file with these constraints of its services; None where it cannot be read."""
    data = yaml(text)
    for name, each in constraints.items() if data is not None else ():
        deploy = data["services"][name].setdefault("deploy", {})
        deploy["placement"] = {**(deploy.get("placement") or {}), "constraints": each}
    return data


def _variables(compose: Mapping[str, Any], services: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """What variables stand for that are the whole value of something in a service's environment."""
    found: dict[str, str] = {}
    for name, service in compose["services"].items():
        given = service.get("environment") or {}
        pairs = (
            given.items() if isinstance(given, Mapping) else (str(each).split("=", 1) for each in given if "=" in each)
        )
        container = services[name]["Spec"]["TaskTemplate"]["ContainerSpec"]
        live = dict(str(each).split("=", 1) for each in container.get("Env") or () if "=" in each)
        for key, value in pairs:
            match = _VARIABLE.fullmatch(str(value))
            if match and key in live:
                found[match[1] or match[2]] = live[key]
    return found


def deployed_by_us(found: Swarm, name: str) -> bool:
    """Whether its services say so."""
    return any(_DEPLOYER in (each["Spec"].get("Labels") or {}) for each in found.services.get(name, ()))


def settings_of(settings: Settings, variables: Mapping[str, str]) -> dict[str, str]:
    """Variables whose values a setting of the program holds already: name -> setting."""
    known = {settings.agent_secret.get_secret_value(): "agentSecret"}
    found = {name: known[value] for name, value in variables.items() if value in known}
    register(*(variables[name] for name in found))
    return found


def yaml(text: str) -> Any:
    """A compose file as Docker reads it; None where it cannot be read."""
    path = private_directory("reading") / "compose.yaml"
    path.write_text(text, encoding="utf-8")
    document, _ = read_document(path, read_as_docker_does)
    return None if document is None else document.data
