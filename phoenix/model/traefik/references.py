"""How labels name what other labels define: `name`, or `name@docker` as their provider is called elsewhere."""

_OURS = ("docker", "swarm", "file")


def local(name: str) -> str:
    """The name without its provider where that means these labels, or the product's own file."""
    before, _, provider = name.rpartition("@")
    return before if before and provider in _OURS else name
