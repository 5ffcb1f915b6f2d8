"""A versioned artifact: a file to download, which nobody uses without its checksum."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Url = Annotated[str, Field(pattern=r"^https?://[^\s'\"]+$")]


class Artifact(BaseModel):
    """A file to download: its address, the hex SHA-256 of the download, and the version that it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    url: Url
    sha256: Sha256
