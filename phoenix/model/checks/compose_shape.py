"""Parts of compose files whose form is none that Docker takes: https://docs.docker.com/reference/compose-file/"""

from collections.abc import Iterator
from typing import Any

from pydantic import TypeAdapter, ValidationError

from phoenix.model.document import Document, Loc
from phoenix.model.draft import Draft
from phoenix.model.problem import Problem
from phoenix.model.published import published
from phoenix.model.stack import StackEnvironment
from phoenix.vocabulary.files import AbsolutePath

_LIST, _MAPPING, _EITHER = (list,), (dict,), (list, dict)
_WORDS: dict[tuple[type, ...], str] = {_LIST: "a list", _MAPPING: "a mapping", _EITHER: "a list or a mapping"}
_FORMS = {
    ("deploy",): _MAPPING,
    ("deploy", "placement"): _MAPPING,
    ("deploy", "placement", "constraints"): _LIST,
    ("deploy", "labels"): _EITHER,
    ("labels",): _EITHER,
    ("environment",): _EITHER,
    ("ports",): _LIST,
    ("configs",): _LIST,
    ("secrets",): _LIST,
    ("volumes",): _LIST,
    ("networks",): _EITHER,
}
"""Of a service; nothing at all is allowed for each."""

_PATH: TypeAdapter[str] = TypeAdapter(AbsolutePath)


def forms(draft: Draft) -> Iterator[Problem]:
    """A part of a service that is a list where Docker wants a mapping, or the like."""
    for document in draft.compose.values():
        for service in _services(document):
            for path, kinds in _FORMS.items():
                value = document.value((*service, *path))
                if value is not None and not isinstance(value, kinds):
                    yield document.problem((*service, *path), value=value, allowed=_WORDS[kinds])


def ports(draft: Draft) -> Iterator[Problem]:
    """A port that is no number, or a container's port that is published at several."""
    for stack in draft.stacks:
        document = draft.compose.get(stack.item.name)
        if document is not None:
            environments = stack.item.environments.values()
            for loc, entry in _ports(document):
                for allowed in dict.fromkeys(_wrong(entry, environment) for environment in environments):
                    if allowed:
                        yield document.problem(loc, value=entry, allowed=allowed)


def _wrong(entry: Any, environment: StackEnvironment) -> str:
    """What is allowed instead; empty for a port that is understood."""
    try:
        published(entry, environment.expand)
    except ValueError as error:
        return str(error)
    return ""


def _ports(document: Document) -> Iterator[tuple[Loc, Any]]:
    for service in _services(document):
        entries = document.value((*service, "ports"))
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            yield (*service, "ports", index), entry


def devices(draft: Draft) -> Iterator[Problem]:
    """A local volume that is bound to no directory: Docker would take a relative one from its own root."""
    for document in draft.compose.values():
        volumes = document.value(("volumes",))
        for name in volumes if isinstance(volumes, dict) else ():
            loc = ("volumes", name, "driver_opts")
            options = document.value(loc)
            if isinstance(options, dict) and options.get("o") == "bind":
                try:
                    _PATH.validate_python(options.get("device"))
                except ValidationError:
                    allowed = "an absolute path of a directory, without commas"
                    yield document.problem((*loc, "device"), value=options.get("device"), allowed=allowed)


def _services(document: Document) -> Iterator[Loc]:
    services = document.value(("services",))
    for name, service in services.items() if isinstance(services, dict) else ():
        if isinstance(service, dict):
            yield "services", name


CHECKS = (forms, ports, devices)
