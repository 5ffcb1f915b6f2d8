"""A Python service of the operator's own: a virtual environment, its requirements, and a unit."""

from typing import Annotated, Literal

from pydantic import Field

from phoenix.features.feature import Declared, Feature, Options
from phoenix.features.surroundings import Surroundings
from phoenix.vocabulary.files import AbsolutePath
from phoenix.vocabulary.names import Argument, Slug
from phoenix.vocabulary.numbers import Port


class PythonApiService(Declared):
    """A Python service of the operator's own: a virtual environment, its requirements, and a systemd unit."""

    name: Literal["python_api_service"]
    service: Slug
    """Name of the unit, and of its directory below /opt."""
    command: Annotated[tuple[Argument, ...], Field(min_length=1)]
    """What runs; a word `{python}` is the environment's Python."""
    directory: AbsolutePath = "/opt"
    """Where it runs."""
    requirements: tuple[Argument, ...] = ()
    """Lines for pip."""
    environment: dict[str, str] = Field(default_factory=dict)
    """Environment variables of the unit."""
    port: Port = 8000
    """Where it must answer."""
    health: Annotated[str, Field(pattern=r"^(/\S*)?$")] = ""
    """Path on the port that must answer; empty for none."""


class PythonServiceOptions(Options):
    """A service `name` (its unit's name too) that runs `command`; a word `{python}` is the environment's Python.

    `requirements` are lines for pip; `health`, if not empty, is the path on `port` that must answer.
    """

    name: str
    command: tuple[str, ...]
    directory: str = "/opt"
    requirements: tuple[str, ...] = ()
    environment: dict[str, str] = {}
    port: int = 8000
    health: str = ""


def _resolve(declared: PythonApiService, _around: Surroundings) -> PythonServiceOptions:
    return PythonServiceOptions(name=declared.service, **declared.model_dump(exclude={"name", "service"}))


FEATURE = Feature(
    PythonApiService,
    options=PythonServiceOptions,
    resolve=_resolve,
    unit=lambda declared: declared.service,
)
