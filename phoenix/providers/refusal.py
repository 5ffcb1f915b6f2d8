"""An action that is left to the operator: it stands in the plan, and performing it is its error."""

from dataclasses import dataclass

from phoenix.errors import OperationError


@dataclass(frozen=True)
class Refuse:
    """Why nothing is done, and what the operator can do."""

    cause: str
    next_step: str

    def __str__(self) -> str:
        return self.cause

    def error(self, resource: str, operation: str, host: str) -> OperationError:
        """The error that performing it raises."""
        return OperationError(
            resource=resource, operation=operation, host=host, cause=self.cause, next_step=self.next_step
        )
