"""The Docker Swarm by its manager's engine: members, networks, secrets' labels, configs, services by their stack.

https://docs.docker.com/reference/api/engine/
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from phoenix.clients import swarm
from phoenix.clients.docker_engine import engine, observing
from phoenix.clients.swarm_objects import BASE_LABEL
from phoenix.settings import Settings
from phoenix.specs.target import VmTarget

NAMESPACE = "com.docker.stack.namespace"
_SERVER, _AGENT = "portainer/portainer", "portainer/agent"


@dataclass(frozen=True)
class Swarm:
    """What the manager knows. `services` are the engine's own words, by stack; `running` the member of each service."""

    manager: VmTarget
    data: Mapping[str, Any]
    services: Mapping[str, tuple[Mapping[str, Any], ...]]
    running: Mapping[str, str]
    secrets: Mapping[str, Mapping[str, str]]
    """Labels by name."""
    configs: Mapping[str, Mapping[str, str]]
    """base (empty without a label) and content, by name."""


def is_manager(settings: Settings, at: VmTarget) -> bool:
    """Whether the engine there leads a Swarm; raises UnobservableError."""
    with observing(at, f"Docker engine of {at}"):
        return swarm.membership(engine(settings, at)).manager


def look(settings: Settings, at: VmTarget) -> Swarm:
    """Raises UnobservableError."""
    with observing(at, f"Docker Swarm of {at}"):
        client = engine(settings, at)
        own = swarm.membership(client)
        members = {each.id: each for each in swarm.nodes(client)}
        tasks = [each for each in client.api.tasks() if each["Status"]["State"] == "running" and each.get("NodeID")]
        every = client.api.services()
        networks = [each for each in client.api.networks() if each["Driver"] == "overlay" and not each.get("Ingress")]
        return Swarm(
            manager=at,
            data={
                "address_pool": own.pools[0] if own.pools else "",
                "subnet_size": own.subnet_size,
                "members": {
                    each.hostname: {
                        "role": "manager" if each.id == own.node_id else "worker",
                        "address": each.address,
                        "labels": dict(each.labels),
                    }
                    for each in members.values()
                },
                "networks": {
                    each["Name"]: {
                        "attachable": bool(each.get("Attachable")),
                        "encrypted": "encrypted" in (each.get("Options") or {}),
                    }
                    for each in networks
                    if NAMESPACE not in (each.get("Labels") or {})
                },
            },
            services=_by_stack(every),
            running={
                each["ServiceID"]: members[each["NodeID"]].hostname for each in tasks if each["NodeID"] in members
            },
            secrets={each["Spec"]["Name"]: each["Spec"].get("Labels") or {} for each in client.api.secrets()},
            configs={each["Spec"]["Name"]: _config(each["Spec"]) for each in client.api.configs()},
        )


def _by_stack(every: list[dict[str, Any]]) -> dict[str, tuple[Mapping[str, Any], ...]]:
    found: dict[str, tuple[Mapping[str, Any], ...]] = {}
    for each in every:
        name = (each["Spec"].get("Labels") or {}).get(NAMESPACE, "")
        found[name] = (*found.get(name, ()), each)
    return found


def _config(spec: Mapping[str, Any]) -> dict[str, str]:
    content = base64.b64decode(spec.get("Data") or "").decode(errors="replace")
    return {"base": (spec.get("Labels") or {}).get(BASE_LABEL, ""), "content": content}


def portainer(found: Swarm) -> dict[str, Any] | None:
    """Where Portainer's server runs, its port, its agents' port; None without one."""
    server = agent = None
    for each in (service for some in found.services.values() for service in some):
        image = str(each["Spec"]["TaskTemplate"]["ContainerSpec"].get("Image", ""))
        server = each if _SERVER in image else server
        agent = each if _AGENT in image else agent
    if server is None or server["ID"] not in found.running:
        return None
    agent_port = _published(agent, 9001) if agent is not None else 0
    said = {"member": found.running[server["ID"]], "port": _published(server, 9443) or 9443}
    return {**said, "agent_port": agent_port or 9001}


def _published(service: Mapping[str, Any], target: int) -> int:
    ports = (service["Spec"].get("EndpointSpec") or {}).get("Ports") or ()
    return next((int(each.get("PublishedPort", 0)) for each in ports if each.get("TargetPort") == target), 0)
