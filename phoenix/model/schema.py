"""JSON Schemas of the configuration files, for editors: `python -m phoenix.model.schema` writes them."""

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from phoenix.features.feature import Declared
from phoenix.model.artifacts import ArtifactsFile
from phoenix.model.base import Model
from phoenix.model.cluster import CertificatesFile, ClusterFile
from phoenix.model.explained import explain
from phoenix.model.guest import Guest
from phoenix.model.stack import StackManifest

FOLDER = Path(__file__).resolve().parents[2] / "config" / "schema"

FILES: dict[str, Any] = {
    "artifacts.json": ArtifactsFile,
    "cluster.json": ClusterFile,
    "certificates.json": CertificatesFile,
    "guest.json": Guest,
    "stack.json": StackManifest,
}


def schema_text(kind: Any) -> str:
    """The JSON Schema of a model as the file's whole text."""
    for base in (Model, Declared):
        explain(base)
    schema = TypeAdapter(kind).json_schema()
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}, indent=2) + "\n"


def write(folder: Path = FOLDER) -> None:
    """Writes every schema."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, kind in FILES.items():
        (folder / name).write_text(schema_text(kind), encoding="utf-8")


if __name__ == "__main__":
    write()
