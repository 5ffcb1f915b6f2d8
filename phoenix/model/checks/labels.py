"""Traefik labels that nothing would act on: a middleware that is not made is a page without its guard."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from phoenix.model import traefik_labels
from phoenix.model.compose.variables import Filled, VariableError
from phoenix.model.document import Document, Loc
from phoenix.model.draft import Draft
from phoenix.model.located import Located
from phoenix.model.problem import Problem
from phoenix.model.stack import Stack, StackEnvironment
from phoenix.model.traefik_labels import ALLOWED, PORT, PREFIX, ROUTED_TO, RULE, hosts

_KNOWN = "a label that is acted on: rule, entrypoints, tls and service of a router, port and scheme of a service"


def acted_on(draft: Draft) -> Iterator[Problem]:
    """A label, or a part of a rule, that no route is made of."""
    for stack, loc, label in _labels(draft):
        key, _, value = label.text.partition("=")
        # a variable that nobody gives, or a secret, is told by another check
        if not label.left and (wrong := _wrong(key, value)):
            yield stack.problem(*loc, allowed=wrong)


def without_secrets(draft: Draft) -> Iterator[Problem]:
    """A variable that holds a secret: whoever sees the service reads its labels."""
    for stack, loc, label in _labels(draft):
        given = {each.name for each in stack.item.environments[str(loc[1])].variables if each.secret is not None}
        for name in label.left:
            if name in given:
                yield stack.problem(*loc, allowed=f"no secret in a label, which everybody can read: {name}")


def _labels(draft: Draft) -> Iterator[tuple[Located[Stack], Loc, Filled]]:
    """Every Traefik label of every environment with its place, its variables filled in."""
    for stack in draft.stacks:
        for name, environment in stack.item.environments.items():
            for service, added in environment.services.items():
                for index, label in enumerate(added.traefik_labels):
                    if label.lower().startswith(PREFIX):
                        loc = ("environments", name, "services", service, "traefik_labels", index)
                        # what cannot be filled in is told by another check
                        with suppress(VariableError):
                            yield stack, loc, environment.fill(label)


def _wrong(key: str, value: str) -> str:
    """What is allowed instead; empty for a label that is understood."""
    if RULE.fullmatch(key):
        try:
            hosts(value)
        except ValueError as error:
            return str(error)
        return ""
    for known, allowed, words in ALLOWED:
        if known.fullmatch(key):
            return "" if allowed.fullmatch(value) else words
    return _KNOWN


def complete(draft: Draft) -> Iterator[Problem]:
    """A rule without a port, a port without a rule, two ports, or a router for a service that is not this one."""
    for stack in draft.stacks:
        for name, environment in stack.item.environments.items():
            for service in environment.services:
                loc: Loc = ("environments", name, "services", service, "traefik_labels")
                for index, allowed in _incomplete(environment, service):
                    yield stack.problem(*loc, index, allowed=allowed)


def _incomplete(environment: StackEnvironment, service: str) -> Iterator[tuple[int, str]]:
    labels = [environment.expand(label).partition("=")[::2] for label in environment.services[service].traefik_labels]
    rules = [index for index, (key, _) in enumerate(labels) if RULE.fullmatch(key)]
    ports = {index: found["name"] for index, (key, _) in enumerate(labels) if (found := PORT.fullmatch(key))}
    yield from ((index, "one port a service: its other ports need services of their own") for index in [*ports][1:])
    if rules and not ports:
        yield rules[0], "a rule together with the label loadbalancer.server.port, the container's port"
    if ports and not rules:
        yield next(iter(ports)), "a port together with the label routers.NAME.rule, which says for which host"
    for index, (key, value) in enumerate(labels):
        if ports and ROUTED_TO.fullmatch(key) and value not in ports.values():
            yield index, f"the service that the label of the port names: {next(iter(ports.values()))}"


def of_compose(draft: Draft) -> Iterator[Problem]:
    """A Traefik label in the compose file: Traefik stands outside of the Swarm and does not read it."""
    for name, document in draft.compose.items():
        services = document.value(("services",))
        for service in services if isinstance(services, dict) else ():
            for part in (("labels",), ("deploy", "labels")):
                for loc in _own(document, ("services", service, *part)):
                    allowed = f"Traefik's labels of {name} stand in stack.yaml, below traefik_labels of the service"
                    yield document.problem(loc, value=document.value(loc), allowed=allowed)


def _own(document: Document, loc: Loc) -> Iterator[Loc]:
    labels: Any = document.value(loc)
    entries = labels if isinstance(labels, Mapping) else dict(enumerate(labels if isinstance(labels, list) else ()))
    for key, value in entries.items():
        if str(key if isinstance(labels, Mapping) else value).lower().startswith(traefik_labels.PREFIX):
            yield (*loc, key)


CHECKS = (acted_on, without_secrets, complete, of_compose)
