"""Parts of compose files whose form is none that Docker takes: https://docs.docker.com/reference/compose-file/"""

from collections.abc import Iterator

from pydantic import TypeAdapter, ValidationError

from phoenix.model.draft import Draft
from phoenix.model.problem import Problem
from phoenix.model.stack import bound_to, is_bound
from phoenix.vocabulary.files import AbsolutePath

_PATH: TypeAdapter[str] = TypeAdapter(AbsolutePath)


def forms(draft: Draft) -> Iterator[Problem]:
    """A part that is not known, or is a list where Docker wants a mapping, or the like; a port that is no number."""
    for each in draft.in_environments:
        for loc, allowed in each.wrong:
            yield each.problem(loc, allowed)


def devices(draft: Draft) -> Iterator[Problem]:
    """A local volume that is bound to no directory: Docker would take a relative one from its own root."""
    for each in draft.in_environments:
        for name, volume in each.section("volumes").items():
            if is_bound(volume):
                try:
                    _PATH.validate_python(bound_to(volume))
                except ValidationError:
                    loc = ("volumes", name, "driver_opts", "device")
                    yield each.problem(loc, "an absolute path of a directory, without commas")


CHECKS = (forms, devices)
