"""Parts of compose files whose form is none that Docker takes: https://docs.docker.com/reference/compose-file/"""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from phoenix.model.checks.in_environments import InEnvironment, in_environments
from phoenix.model.compose.file import COMPOSE_FILE
from phoenix.model.document import Loc
from phoenix.model.draft import Draft
from phoenix.model.problem import Problem
from phoenix.model.published import published
from phoenix.model.stack import bound_to
from phoenix.vocabulary.files import AbsolutePath

_PATH: TypeAdapter[str] = TypeAdapter(AbsolutePath)


def forms(draft: Draft) -> Iterator[Problem]:
    """A part that is not known, or is a list where Docker wants a mapping, or the like; a port that is no number."""
    for each in in_environments(draft):
        for loc, allowed in wrong(each):
            yield each.problem(loc, allowed)


def wrong(each: InEnvironment) -> Iterator[tuple[Loc, str]]:
    """Places in a compose file whose form is wrong, and what is allowed there."""
    yield from COMPOSE_FILE.wrong(each.compose)
    for service in each.services:
        loc: Loc = ("services", service, "ports")
        for index, entry in enumerate(each.entries(loc)):
            # the parts of a mapping have shapes of their own
            if isinstance(entry, str | int) and not isinstance(entry, bool):
                try:
                    published(entry)
                except ValueError as error:
                    yield (*loc, index), str(error)


def devices(draft: Draft) -> Iterator[Problem]:
    """A local volume that is bound to no directory: Docker would take a relative one from its own root."""
    for each in in_environments(draft):
        for name, volume in each.section("volumes").items():
            if _is_bound(volume):
                try:
                    _PATH.validate_python(bound_to(volume))
                except ValidationError:
                    loc = ("volumes", name, "driver_opts", "device")
                    yield each.problem(loc, "an absolute path of a directory, without commas")


def _is_bound(volume: Any) -> bool:
    options = volume.get("driver_opts") if isinstance(volume, Mapping) else None
    return isinstance(options, Mapping) and "bind" in str(options.get("o", "")).split(",")


CHECKS = (forms, devices)
