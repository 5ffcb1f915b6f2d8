"""Portainer's server as its stack's compose file starts it, where the image's tag tells the version."""

import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from phoenix.model.document import Loc
from phoenix.model.draft import Draft
from phoenix.model.in_environment import InEnvironment
from phoenix.model.member import PortainerRole
from phoenix.model.problem import Problem
from phoenix.vocabulary.portainer import OLDEST, ORIGINS_AS_URLS, Version, of_image

_OPTION = "--trusted-origins"
_VARIABLES = ("TRUSTED_ORIGINS", "PORTAINER_TRUSTED_ORIGINS")
_URL = re.compile(r"https?://[^/:,\s]+(:\d+)?/?")
_NAME = re.compile(r"[^/:,\s]+")


def version(draft: Draft) -> Iterator[Problem]:
    """A version that is not supported."""
    for each, name, _, told in _servers(draft):
        if told < OLDEST:
            allowed = f"a tag from {OLDEST} on: older versions of Portainer are not supported"
            yield each.problem(("services", name, "image"), allowed)


def trusted_origins(draft: Draft) -> Iterator[Problem]:
    """Origins in the other form than this version takes, with which it would not start.

    https://docs.portainer.io/release-notes, 2.41, and portainer/portainer issue 12751.
    """
    for each, name, service, told in _servers(draft):
        urls = told >= ORIGINS_AS_URLS
        form, allowed = (
            (_URL, f"from Portainer {ORIGINS_AS_URLS} on URLs, as https://portainer.example.com")
            if urls
            else (_NAME, f"before Portainer {ORIGINS_AS_URLS} host names alone, as portainer.example.com")
        )
        for loc, origins in _origins(service):
            for origin in filter(None, (one.strip() for one in origins.split(","))):
                if not form.fullmatch(origin):
                    yield each.problem(("services", name, *loc), allowed, origin)


def _servers(draft: Draft) -> Iterator[tuple[InEnvironment, str, Mapping[str, Any], Version]]:
    """Services of stacks on Portainer's primary whose image's tag tells a version of the server."""
    for listing in draft.listings:
        role = listing.guest.item.portainer.role if listing.guest.item.portainer else None
        found = draft.in_environment(listing.stack.item.name, listing.environment)
        if role is not PortainerRole.PRIMARY or found is None:
            continue
        for name, service in found.services.items():
            if (told := of_image(str(service.get("image")))) is not None:
                yield found, name, service, told


def _origins(service: Mapping[str, Any]) -> Iterator[tuple[Loc, str]]:
    """Where origins are told, and what is said there."""
    environment = service.get("environment")
    if isinstance(environment, Mapping):
        yield from ((("environment", key), str(environment[key])) for key in _VARIABLES if environment.get(key))
    for index, entry in enumerate(environment if isinstance(environment, list) else ()):
        key, _, value = str(entry).partition("=")
        if key in _VARIABLES:
            yield ("environment", index), value
    command = service.get("command")
    words = list(map(str, command)) if isinstance(command, list) else _split(str(command or ""))
    for index, (word, following) in enumerate(zip(words, [*words[1:], ""], strict=False)):
        option, equals, value = word.partition("=")
        if option == _OPTION:
            place = (index if equals else index + 1,) if isinstance(command, list) else ()
            yield ("command", *place), value if equals else following


def _split(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:
        # Docker refuses it, in words of its own
        return []


CHECKS = (version, trusted_origins)
