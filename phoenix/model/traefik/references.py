"""How labels name what other labels define: `name`, or `name@docker` as their provider is called elsewhere."""

from dataclasses import dataclass

from phoenix.model.traefik.label import Label

_OURS = ("docker", "swarm", "file")


@dataclass(frozen=True)
class Reference:
    """A label that names a `router`, `service` or `middleware` of that name."""

    kind: str
    name: str
    label: Label


def local(name: str) -> str:
    """The name without its provider where that means these labels, or the product's own file."""
    before, _, provider = name.rpartition("@")
    return before if before and provider in _OURS else name
