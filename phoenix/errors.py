"""The errors that reach a person: each names what failed, where, why, and what to do next."""


class PhoenixError(Exception):
    """Base of every error that the product raises on purpose."""


class OperationError(PhoenixError):
    """An operation on one resource failed.

    Attributes are plain text: `resource` (``guest 101``), `operation` (``start``), `host` (``10.0.0.13``),
    `cause` (the failing part's own words) and `next_step` (what the operator can do).
    """

    def __init__(self, *, resource: str, operation: str, host: str, cause: str, next_step: str) -> None:
        self.resource = resource
        self.operation = operation
        self.host = host
        self.cause = cause
        self.next_step = next_step
        super().__init__(f"{resource}: {operation} on {host} failed: {cause.strip()}\n  next: {next_step}")


class UnobservableError(PhoenixError):
    """The live state cannot be read now (node down, guest stopped): it is neither present nor absent."""

    def __init__(self, *, resource: str, host: str, cause: str) -> None:
        self.resource = resource
        self.host = host
        self.cause = cause
        super().__init__(f"{resource}: cannot be read on {host}: {cause.strip()}")
