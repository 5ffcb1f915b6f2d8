"""The versions of the old system's files that tests import, and what comes of each; imported once a run."""

import json
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from phoenix.importing.configuration import Configuration, configuration
from phoenix.importing.writing import write
from phoenix.model import Cluster

FOLDER = Path(__file__).parent / "old"
VERSIONS = ("2025-11-04", "2025-11-16")


@dataclass(frozen=True)
class Imported:
    """The old files, what was made of them, and the cluster that the written files describe."""

    root: Path
    made: Configuration
    target: Path
    cluster: Cluster


@cache
def imported(version: str) -> Imported:
    """The version, imported for production into a folder of its own."""
    root, target = FOLDER / version, Path(tempfile.mkdtemp(prefix="imported-"))
    made = configuration(root)
    return Imported(root, made, target, write(made, target, "production"))


def old(version: str, name: str) -> Any:
    """The data of an old file below `etc`."""
    return json.loads((FOLDER / version / "etc" / name).read_text(encoding="utf-8"))


def stack_manifests(version: str) -> dict[str, Any]:
    """The old manifests of stacks by name."""
    paths = sorted((FOLDER / version / "stacks").glob("*/phoenix.json"))
    return {path.parent.name: json.loads(path.read_text(encoding="utf-8")) for path in paths}
