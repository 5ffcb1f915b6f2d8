"""Traefik labels that no route can be made of: a middleware that is not made is a page without its guard."""

from collections.abc import Iterator, Mapping
from typing import Any

from phoenix.model.document import Document, Loc
from phoenix.model.draft import Draft
from phoenix.model.located import Located
from phoenix.model.node_port import node_port
from phoenix.model.problem import Problem
from phoenix.model.stack import Stack
from phoenix.model.traefik.asked import Asked
from phoenix.model.traefik.label import PREFIX, Label


def told(draft: Draft, stack: Located[Stack], label: Label, allowed: str, value: Any = None) -> Problem:
    """A problem at the place of a label, in `stack.yaml` or in `compose.yaml`."""
    if label.in_compose:
        document = draft.compose[stack.item.name]
        return document.problem(label.loc, value=document.value(label.loc) if value is None else value, allowed=allowed)
    return stack.problem(*label.loc, value=value, allowed=allowed)


def understood(draft: Draft) -> Iterator[Problem]:
    """A label that Traefik would refuse or leave out, or that needs a Traefik inside of the Swarm."""
    for stack, _, _, found in _each(draft):
        for wrong in found.wrong:
            yield told(draft, stack, wrong.label, wrong.allowed)


def reachable(draft: Draft) -> Iterator[Problem]:
    """A port that nothing publishes on the node: Traefik stands outside of the Swarm."""
    for stack, environment, name, found in _each(draft):
        each = draft.in_environment(stack.item.name, environment)
        composed = each.services.get(name) if each is not None else None
        if composed is None:
            # another check tells
            continue
        for service in found.services:
            for port, label in service.ports:
                if node_port(composed, port) is None:
                    example = f"{{target: {port}, published: {port}, mode: host}}"
                    allowed = f"a port that the service publishes on its node: ports: [{example}] in compose.yaml"
                    yield told(draft, stack, label, allowed)


def without_secrets(draft: Draft) -> Iterator[Problem]:
    """A variable that holds a secret: whoever sees the service reads its labels."""
    for stack in draft.stacks:
        for name, environment in stack.item.environments.items():
            secrets = {each.name for each in environment.variables if each.secret is not None}
            for each in draft.labelled[stack.item.name, name].values():
                for label in each.labels:
                    for variable in label.left:
                        if variable in secrets:
                            allowed = f"no secret in a label, which everybody can read: {variable}"
                            yield told(draft, stack, label, allowed)


def _each(draft: Draft) -> Iterator[tuple[Located[Stack], str, str, Asked]]:
    """What each service of each environment asks for; not where a variable is open, which another check tells."""
    for stack in draft.stacks:
        for environment in stack.item.environments:
            for service, each in draft.labelled[stack.item.name, environment].items():
                if not each.is_open:
                    yield stack, environment, service, each.asked


def of_containers(draft: Draft) -> Iterator[Problem]:
    """A Traefik label of the containers: of a Swarm Traefik reads the services' labels."""
    for document in draft.compose.values():
        services = document.value(("services",))
        for service in services if isinstance(services, dict) else ():
            for loc in _own(document, ("services", service, "labels")):
                allowed = "Traefik's labels below deploy, as deploy.labels: these are of containers, not of the service"
                yield document.problem(loc, value=document.value(loc), allowed=allowed)


def _own(document: Document, loc: Loc) -> Iterator[Loc]:
    labels: Any = document.value(loc)
    entries = labels if isinstance(labels, Mapping) else dict(enumerate(labels if isinstance(labels, list) else ()))
    for key, value in entries.items():
        if str(key if isinstance(labels, Mapping) else value).lower().startswith(PREFIX):
            yield (*loc, key)


CHECKS = (understood, reachable, without_secrets, of_containers)
