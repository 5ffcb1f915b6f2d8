"""The Traefik labels of a stack's services: those of its compose file, and those that `stack.yaml` puts on top."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from phoenix.model.compose.variables import VariableError
from phoenix.model.document import Loc
from phoenix.model.stack import Stack, StackEnvironment, label_text
from phoenix.model.traefik.asked import Asked, asked
from phoenix.model.traefik.label import Label
from phoenix.model.traefik.of_router import Router


@dataclass(frozen=True)
class Labelled:
    """Traefik's labels of a service, and what they ask for."""

    labels: tuple[Label, ...]
    asked: Asked

    @property
    def is_open(self) -> bool:
        """Whether a variable is left in the labels."""
        return any(each.left for each in self.labels)


def labelled_of(stack: Stack, environment: str) -> dict[str, Labelled]:
    """The labels of each service that has any, in one environment of the stack."""
    return {name: Labelled(labels, asked(labels)) for name, labels in labels_of(stack, environment).items()}


def routers_of(labelled: Mapping[str, Labelled]) -> tuple[Router, ...]:
    """Every router that the labels of services ask for."""
    return tuple(router for each in labelled.values() for router in each.asked.routers)


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
        yield _listed(text, given, ("environments", environment, "services", service, "traefik_labels", step))


def _of_compose(name: str, service: Any, given: StackEnvironment) -> Iterator[Label]:
    deploy = service.get("deploy") if isinstance(service, dict) else None
    labels = deploy.get("labels") if isinstance(deploy, dict) else None
    loc = ("services", name, "deploy", "labels")
    if isinstance(labels, dict):
        for key, value in labels.items():
            text, left = _filled(label_text(value), given)
            yield Label(str(key), text, (*loc, key), in_compose=True, left=left)
    for index, text in enumerate(labels if isinstance(labels, list) else ()):
        yield _listed(str(text), given, (*loc, index), in_compose=True)


def _listed(text: str, given: StackEnvironment, loc: Loc, *, in_compose: bool = False) -> Label:
    whole, left = _filled(text, given)
    key, _, value = whole.partition("=")
    return Label(key, value, loc, in_compose, left)


def _filled(text: str, given: StackEnvironment) -> tuple[str, tuple[str, ...]]:
    """The text with its variables filled in, and the names of those that could not be."""
    try:
        found = given.fill(text)
    except VariableError:
        # another check tells it
        return text, (text,)
    return found.text, found.left
