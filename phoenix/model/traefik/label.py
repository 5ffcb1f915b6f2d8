"""One label of a service, and where it stands."""

from dataclasses import dataclass

from phoenix.model.document import Loc

PREFIX = "traefik."


@dataclass(frozen=True)
class Label:
    """A label with its variables filled in, at `loc` of `stack.yaml`, or of `compose.yaml` where `in_compose`."""

    key: str
    value: str
    loc: Loc = ()
    in_compose: bool = False
    left: tuple[str, ...] = ()
    """Variables that could not be filled in: secrets, and those that nobody gives."""

    @property
    def is_traefiks(self) -> bool:
        """Whether Traefik looks at it; capitals do not matter."""
        return self.key.lower().startswith(PREFIX)


@dataclass(frozen=True)
class Wrong:
    """A label that is refused, and what is allowed instead."""

    label: Label
    allowed: str
