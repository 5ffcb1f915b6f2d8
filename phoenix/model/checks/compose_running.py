"""What a Swarm could not run, or would drop, though each part of the compose file is right."""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from pydantic import TypeAdapter, ValidationError

from phoenix.model.cluster import ClusterFile
from phoenix.model.compose.env_file import assignments
from phoenix.model.compose.named_files import named_files, source
from phoenix.model.document import Document, Loc
from phoenix.model.draft import Draft
from phoenix.model.in_environment import InEnvironment
from phoenix.model.located import Located
from phoenix.model.placement import is_global, is_pinned, ports_of_the_node
from phoenix.model.problem import Problem
from phoenix.model.published import published
from phoenix.model.stack import Placement, config_base, deployed_name, external_name
from phoenix.vocabulary.names import ObjectBase

_LONGEST = 63
"""Signs of a service's name: https://docs.docker.com/reference/api/engine/ , ServiceSpec."""
_BASE: TypeAdapter[str] = TypeAdapter(ObjectBase)
_ENGINE_NETWORKS = ("host", "none")


def _deploy(service: Mapping[str, Any], *path: str) -> Any:
    found: Any = service.get("deploy")
    for step in path:
        found = found.get(step) if isinstance(found, Mapping) else None
    return found


def ports(draft: Draft) -> Iterator[Problem]:
    """A port that a service with endpoint_mode dnsrr cannot have, or that two tasks of one node would share."""
    for each in _wellformed(draft):
        for name, service in each.services.items():
            if _deploy(service, "endpoint_mode") == "dnsrr":
                for index, entry in enumerate(service.get("ports") or ()):
                    if published(entry).mode == "ingress":
                        allowed = "mode: host: a service without an address of its own has no other"
                        yield each.problem(("services", name, "ports", index), allowed)
            for index in ports_of_the_node(service):
                yield from _alone(each, name, index, service)


def _alone(each: InEnvironment, name: str, index: int, service: Mapping[str, Any]) -> Iterator[Problem]:
    """The port of a node has one owner at a time."""
    loc: Loc = ("services", name, "deploy")
    if _deploy(service, "update_config", "order") == "start-first":
        why = "stop-first: the new task could not have the port of the node while the old one has it"
        yield each.problem((*loc, "update_config", "order"), why)
    if is_global(service):
        return
    if each.stack.item.placement is Placement.SWARM:
        why = "mode: ingress, or no placement: swarm; nobody knows on which node a port in mode host is then"
        yield each.problem(("services", name, "ports", index), why)
    elif (_deploy(service, "replicas") or 1) > 1:
        why = "1, as long as it has a port of its node: two tasks there cannot share it"
        yield each.problem((*loc, "replicas"), why)


def replicas(draft: Draft) -> Iterator[Problem]:
    """More tasks than the one node that they are placed on may run."""
    for each in _wellformed(draft):
        for name, service in each.services.items():
            wanted, most = _deploy(service, "replicas") or 1, _deploy(service, "placement", "max_replicas_per_node")
            if most and wanted > most and is_pinned(each.stack.item, each.compose, name):
                loc: Loc = ("services", name, "deploy", "replicas")
                yield each.problem(loc, f"at most {most}: the service has one node, and max_replicas_per_node is that")


def _wellformed(draft: Draft) -> Iterator[InEnvironment]:
    """Those that no check of their form refuses."""
    for each in draft.in_environments:
        if not each.wrong:
            yield each


def names(draft: Draft) -> Iterator[Problem]:
    """A service whose name in the Swarm is too long."""
    for each in draft.in_environments:
        stack = deployed_name(each.stack.item.name, each.name)
        for name in each.services:
            if len(full := f"{stack}_{name}") > _LONGEST:
                allowed = f"a name of at most {_LONGEST - len(full) + len(name)} signs: with the stack's it is {full}"
                yield each.problem(("services", name), allowed, name)


def variable_files(draft: Draft) -> Iterator[Problem]:
    """A file of environment variables with a line that is none."""
    for each in draft.in_environments:
        for loc, path in named_files(each.compose):
            if loc[0] == "services" and (told := _wrong_line(each.stack.item.contents, path)):
                yield each.problem(loc, told, path)


def _wrong_line(contents: Mapping[str, str], path: str) -> str:
    try:
        text = contents.get(source(path))
        for _ in assignments(text or ""):
            pass
    except ValueError as error:
        return str(error)
    return ""


def config_names(draft: Draft) -> Iterator[Problem]:
    """Two files of one stack that would be one Docker config, or one whose name the engine does not take."""
    for each in _wellformed(draft):
        first: dict[str, str] = {}
        for path, base, document, loc in _config_files(each):
            if first.setdefault(base, path) != path:
                allowed = f"another name: {first[base]} becomes the Docker config {base} already"
                yield document.problem(loc, value=path, allowed=allowed)
            try:
                _BASE.validate_python(base)
            except ValidationError:
                allowed = (
                    f"a shorter or plainer name: the engine takes no Docker config {base} with a version behind it"
                )
                yield document.problem(loc, value=path, allowed=allowed)


def _config_files(each: InEnvironment) -> Iterator[tuple[str, str, Document, Loc]]:
    """Path and base name of every file that becomes a config, and where it is named."""
    stack = each.stack.item.name
    for index, file in enumerate(each.environment.files):
        loc: Loc = ("environments", each.name, "files", index, "source")
        yield file.source, config_base(stack, file.source), each.stack.document, loc
    for key, config in each.section("configs").items():
        if isinstance(config, Mapping) and "file" in config:
            path = str(PurePosixPath(config["file"]))
            yield path, config_base(stack, path, config.get("name", "")), each.document, ("configs", key, "file")


def external_networks(draft: Draft, cluster: Located[ClusterFile]) -> Iterator[Problem]:
    """An external network that nobody makes."""
    made = (*(each.name for each in cluster.item.swarm.networks), *_ENGINE_NETWORKS)
    for each in draft.in_environments:
        for key, network in each.section("networks").items():
            name = external_name(key, network)
            if name and name not in made:
                allowed = f"a network that swarm.networks of cluster.yaml has: {', '.join(made)}"
                yield each.problem(("networks", key), allowed, name)


CHECKS = (ports, replicas, names, variable_files, config_names)
CLUSTER_CHECKS = (external_networks,)
