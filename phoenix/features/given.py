"""What a feature's parts are made from besides its options."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from phoenix.specs.artifact import Artifact


@dataclass(frozen=True)
class Given:
    """The guest's kind, the feature's artifacts by name, and the contents of the files that were read from the node."""

    kind: Literal["host", "lxc", "vm"]
    artifacts: Mapping[str, Artifact]
    node_files: Mapping[str, bytes]
