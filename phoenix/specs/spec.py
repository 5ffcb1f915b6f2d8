"""The base of every kind's desired state."""

from abc import abstractmethod

from pydantic import BaseModel, ConfigDict

from phoenix.errors import OperationError


class Value(BaseModel):
    """A part of a spec: frozen, unknown keys refused, JSON values only."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Spec(Value):
    """The desired state of one resource; the live one is told in the same fields.

    Some fields say the same in every desired state (`state: mounted`): in a live one they tell what is wrong.
    """

    @abstractmethod
    def __str__(self) -> str:
        """What errors and previews call it: `guest 101 (web)`."""

    @property
    @abstractmethod
    def host(self) -> str:
        """Where it is converged, for errors: an address or a URL."""

    def failure(self, operation: str, cause: str, next_step: str, *, host: str = "") -> OperationError:
        """An error about this resource; on its own host unless told otherwise."""
        return OperationError(
            resource=str(self), operation=operation, host=host or self.host, cause=cause, next_step=next_step
        )
