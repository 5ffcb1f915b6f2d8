"""An action that is left to the operator: it stands in the plan, and performing it is its error."""

from dataclasses import dataclass

from phoenix.errors import OperationError
from phoenix.specs.spec import Spec


@dataclass(frozen=True)
class Refuse:
    """Why nothing is done, and what the operator can do."""

    cause: str
    next_step: str

    def __str__(self) -> str:
        return self.cause

    def error(self, spec: Spec, operation: str) -> OperationError:
        """The error that performing it raises."""
        return spec.failure(operation, self.cause, self.next_step)
