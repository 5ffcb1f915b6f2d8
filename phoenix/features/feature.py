"""What a feature is to the kind that drives it: a name, options, and a pure function from these to parts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Generic, Literal, TypeVar

from jinja2 import Environment, StrictUndefined, Template
from pydantic import BaseModel, ConfigDict

from phoenix.features.artifacts import Artifact
from phoenix.features.part import Part


class Options(BaseModel):
    """Base of a feature's options: unknown keys are refused; JSON values only."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True)
class Given:
    """What a feature gets besides its options: the guest's kind, its artifacts, and the files read from the node."""

    kind: Literal["host", "lxc", "vm"]
    artifacts: Mapping[str, Artifact]
    node_files: Mapping[str, bytes]


OptionsT = TypeVar("OptionsT", bound=Options)


def _no_files(_options: Any) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True)
class Feature(Generic[OptionsT]):
    """A feature: `parts` in the order in which they are applied.

    `artifacts` names what must be resolved for it; `node_files` maps a key to the path of a file on the node whose
    content `parts` needs; `facts` are names that its parts' checks print as `fact NAME VALUE`.
    """

    name: str
    options: type[OptionsT]
    parts: Callable[[OptionsT, Given], Sequence[Part]]
    artifacts: tuple[str, ...] = ()
    node_files: Callable[[OptionsT], Mapping[str, str]] = _no_files

    @property
    def reads_node(self) -> bool:
        """Whether files of the node are among what it is made from: the CA's root is the one that there is."""
        return self.node_files is not _no_files

    def describe(self, options: Mapping[str, Any], given: Given) -> tuple[Part, ...]:
        """The parts for these options; raises pydantic.ValidationError for options that the feature does not know."""
        return tuple(self.parts(self.options.model_validate(options), given))


@cache
def _template(package: str, name: str) -> Template:
    text = files(package).joinpath(name).read_text()
    # StrictUndefined: a name that is missing in a template is a bug, not an empty string
    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True, trim_blocks=True, autoescape=False)
    return environment.from_string(text)


def render(package: str, name: str, /, **values: object) -> str:
    """The template file `name` of the feature's own package, filled in."""
    return _template(package, name).render(**values)
