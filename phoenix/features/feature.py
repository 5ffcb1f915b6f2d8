"""What a feature is: what the operator writes of it, what its parts are made from, and how the one becomes the other.

A feature is a folder: its `__init__` declares it and loads nothing but this vocabulary, so that the model can read it;
its module `parts` makes the parts, with everything that this takes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, get_args

from pydantic import BaseModel, ConfigDict
from typing_extensions import TypeVar

from phoenix.features.surroundings import Surroundings


class Declared(BaseModel):
    """Base of what the operator writes in a guest's file: `name` is a Literal, the feature's; unknown keys are refused.

    A feature whose other keys all have defaults may be written as its name alone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str


class Options(BaseModel):
    """Base of a feature's options: unknown keys are refused; JSON values only."""

    model_config = ConfigDict(frozen=True, extra="forbid")


DeclaredT = TypeVar("DeclaredT", bound=Declared)
OptionsT = TypeVar("OptionsT", bound=Options, default=Options)


# the type checker cannot know that this default goes with OptionsT's
_PLAIN: Any = Options


def _no_files(_options: Any) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True)
class Feature(Generic[DeclaredT, OptionsT]):
    """A feature: `resolve` makes its options of the declaration and of what is around; without it they are the default.

    `artifacts` names what must be resolved for it; `node_files` maps a key to the path of a file on the node whose
    content the parts need; `unit` is the systemd unit that it brings and that a new certificate may reload, or gives
    it for a declaration; `needs_gpu` tells that it is of no use in a container without a card.
    """

    declared: type[DeclaredT]
    options: type[OptionsT] = _PLAIN
    resolve: Callable[[DeclaredT, Surroundings], OptionsT] | None = None
    artifacts: tuple[str, ...] = ()
    node_files: Callable[[OptionsT], Mapping[str, str]] = _no_files
    unit: str | Callable[[DeclaredT], str] | None = None
    needs_gpu: bool = False

    @property
    def name(self) -> str:
        """The name that stands in guests' files and in the registry."""
        name: str
        (name,) = get_args(self.declared.model_fields["name"].annotation)
        return name

    @property
    def needs_options(self) -> bool:
        """Whether it cannot be written as its name alone."""
        return any(field.is_required() for key, field in self.declared.model_fields.items() if key != "name")

    @property
    def reads_node(self) -> bool:
        """Whether files of the node are among what it is made from: the CA's root is the one that there is."""
        return self.node_files is not _no_files

    def options_of(self, declared: DeclaredT, around: Surroundings) -> OptionsT:
        """The options of the feature where it is declared like this, among these surroundings."""
        return self.resolve(declared, around) if self.resolve else self.options()

    def unit_of(self, declared: DeclaredT) -> str | None:
        """The systemd unit that it brings where it is declared like this, None without one."""
        return self.unit(declared) if callable(self.unit) else self.unit


AnyFeature: TypeAlias = Feature[Any, Any]
