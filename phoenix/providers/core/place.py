"""What of a resource says where it is: by which port the node's SSH is reached is no part of that."""

from collections.abc import Mapping
from typing import Any

from phoenix.vocabulary.network import split_node

_NODE = "node"
"""Every spec's field of a NodeAddress, its own or its target's."""


def elsewhere(olds: Mapping[str, Any], news: Mapping[str, Any], field: str) -> bool:
    """Whether the field tells another place or identity than before: then the resource is a new one."""
    return bool(_without_port(field, olds.get(field)) != _without_port(field, news.get(field)))


def _without_port(key: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _without_port(name, each) for name, each in value.items()}
    return split_node(value)[0] if key == _NODE and isinstance(value, str) else value
