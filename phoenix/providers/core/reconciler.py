"""What one kind of resource must know: read the live state, plan the difference (pure), perform it, remove it."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, TypeVar

from phoenix.settings import Settings
from phoenix.specs.spec import Spec

SpecT = TypeVar("SpecT", bound=Spec)
ActionT = TypeVar("ActionT")


@dataclass(frozen=True)
class Observation(Generic[SpecT]):
    """The live state in the shape of the desired one, and outputs that are not inputs (a fingerprint)."""

    live: SpecT
    outputs: Mapping[str, Any] = field(default_factory=dict)


class Reconciler(ABC, Generic[SpecT, ActionT]):
    """One kind of resource; instances hold no state, so that one serves every resource of a run."""

    spec: ClassVar[type[Spec]]
    replace_on: ClassVar[frozenset[str]] = frozenset()
    """Fields that make it another thing: a change deletes the old one, then makes the new one."""
    replaced_last: ClassVar[bool] = False
    """Whether the old one goes only at the end of the run, when all its users have moved; the new one is made first."""
    refuse_on: ClassVar[Mapping[str, str]] = {}
    """Fields whose change would destroy data: refused, with what the operator can do instead."""
    secret: ClassVar[frozenset[str]] = frozenset()
    """Fields and outputs that are secrets; the state holds them encrypted."""

    @abstractmethod
    def identity(self, desired: SpecT) -> str:
        """The resource's ID, unique within its kind and known from the desired state alone."""

    def drawn(self, recorded: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG002
        """Fields that the program never gives: as `recorded` by the last run, drawn anew when there was none."""
        return {}

    def admit(self, settings: Settings, desired: SpecT) -> None:
        """Looks for what else stands in the way before it is first made; what the plan refuses is seen without it.

        Raises PhoenixError; UnobservableError lets the preview go on, because only `up` needs the answer.
        """

    def beside(self, settings: Settings, desired: SpecT) -> Sequence[str]:  # noqa: ARG002
        """Looks, before every change and in every preview, at what others have beside it: what to tell of that.

        Raises PhoenixError where that and the resource cannot both be.
        """
        return ()

    def prepared(self, settings: Settings, desired: SpecT) -> AbstractContextManager[None]:  # noqa: ARG002
        """What must hold while the resource is created or updated (a stopped template is started)."""
        return nullcontext()

    @abstractmethod
    def observe(self, settings: Settings, desired: SpecT) -> Observation[SpecT] | None:
        """The live state, None when absent; raises UnobservableError when it cannot be told.

        Fields that the live system cannot show are returned as desired.
        """

    @abstractmethod
    def plan(self, live: SpecT | None, desired: SpecT) -> Sequence[ActionT]:
        """The actions from `live` to `desired`, none when they agree. Pure: no I/O, same answer every time."""

    def managed(self, recorded: SpecT, desired: SpecT) -> SpecT:  # noqa: ARG002
        """What of `recorded` the desired state speaks of; the rest is not managed, and makes no difference."""
        return recorded

    def remark(self, live: SpecT, desired: SpecT) -> str:  # noqa: ARG002
        """What a preview says about this difference in words, beside the names of its fields; empty for nothing."""
        return ""

    @abstractmethod
    def perform(self, settings: Settings, desired: SpecT, action: ActionT) -> Observation[SpecT] | None:
        """Does one action; raises OperationError. Doing it twice does no harm.

        A kind whose command shows the live state once it has acted returns what it saw, as `observe` would.
        """

    def retire(self, settings: Settings, recorded: SpecT, desired: SpecT) -> None:
        """Takes away parts that were `recorded` by the last run and are no longer `desired` (a file of a set)."""

    @abstractmethod
    def remove(self, settings: Settings, spec: SpecT) -> None:
        """Takes the resource away; already gone is success."""
