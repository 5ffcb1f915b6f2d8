"""The Traefik labels of a stack's services: those of its compose file, and those that `stack.yaml` puts on top."""

from collections.abc import Iterator, Mapping
from typing import Any

from phoenix.model.stack import Stack, StackEnvironment, label_text
from phoenix.model.traefik.asked import Asked, asked
from phoenix.model.traefik.label import Label
from phoenix.model.traefik.of_router import Router


def asked_of(stack: Stack, environment: str) -> dict[str, Asked]:
    """What the labels of each service ask Traefik for, in one environment of the stack."""
    return {service: asked(labels) for service, labels in labels_of(stack, environment).items()}


def routers_of(stack: Stack, environment: str) -> tuple[Router, ...]:
    """Every router that the stack's labels ask for; none where it has no such environment."""
    if environment not in stack.environments:
        return ()
    return tuple(router for each in asked_of(stack, environment).values() for router in each.routers)


def labels_of(stack: Stack, environment: str) -> dict[str, tuple[Label, ...]]:
    """Traefik's labels of every service that has any; of equal keys that of `stack.yaml` counts, as it is deployed."""
    given = stack.environments[environment]
    composed = stack.compose.get("services")
    services: Mapping[str, Any] = composed if isinstance(composed, dict) else {}
    found = {}
    for name in dict.fromkeys((*services, *given.services)):
        every = (*_of_compose(name, services.get(name), given), *_of_manifest(name, environment, given))
        if labels := tuple({each.key: each for each in every if each.is_traefiks}.values()):
            found[name] = labels
    return found


def _of_manifest(service: str, environment: str, given: StackEnvironment) -> Iterator[Label]:
    for step, text in given.services[service].label_texts if service in given.services else ():
        key, _, value = given.expand(text).partition("=")
        yield Label(key, value, ("environments", environment, "services", service, "traefik_labels", step))


def _of_compose(name: str, service: Any, given: StackEnvironment) -> Iterator[Label]:
    deploy = service.get("deploy") if isinstance(service, dict) else None
    labels = deploy.get("labels") if isinstance(deploy, dict) else None
    loc = ("services", name, "deploy", "labels")
    if isinstance(labels, dict):
        for key, value in labels.items():
            yield Label(str(key), given.expand(label_text(value)), (*loc, key), in_compose=True)
    for index, text in enumerate(labels if isinstance(labels, list) else ()):
        key, _, value = given.expand(str(text)).partition("=")
        yield Label(key, value, (*loc, index), in_compose=True)
