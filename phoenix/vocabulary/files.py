"""Paths, owners and modes of files."""

from pathlib import PurePosixPath
from typing import Annotated

from pydantic import AfterValidator, StringConstraints


def _absolute(value: str) -> str:
    if not value.startswith("/"):
        raise ValueError("a path must be absolute")
    for part in value.rstrip("/").split("/")[1:]:
        if part in ("", ".", ".."):
            raise ValueError(f"a path must not contain '{part or '//'}'")
    return value.rstrip("/") or "/"


def _on_the_node(value: str) -> str:
    return _absolute(value) if value.startswith("/") else _absolute(f"/{value}")[1:]


def _not_the_root(value: str) -> str:
    if value == "/":
        raise ValueError("a directory below the root, not the root itself")
    return value


def _private(value: str) -> str:
    if not value.endswith("0"):
        raise ValueError("a private key is not for everybody: the last digit is 0")
    return value


def deep(value: str, levels: int) -> str:
    """`value` when it is at least `levels` below the root: what is cleaned there must not be somebody else's."""
    if len(PurePosixPath(value).parts) <= levels:
        raise ValueError(f"a directory of its own, at least {levels} levels deep: whatever else lies in it is removed")
    return value


AbsolutePath = Annotated[
    str, StringConstraints(pattern=r"^/[^\x00-\x1f,]*$", max_length=4096), AfterValidator(_absolute)
]
"""Without commas, which Proxmox' property strings cannot hold."""

BelowRoot = Annotated[AbsolutePath, AfterValidator(_not_the_root)]
"""Any directory but the root itself."""

NodePath = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f,]+$", max_length=4096), AfterValidator(_on_the_node)]
"""A path on the node; a relative one lies below a directory of its guest."""

PlainPath = Annotated[str, StringConstraints(pattern=r"^(/[^\s,#/]+)+/?$", max_length=4096), AfterValidator(_absolute)]
"""Of a directory that stands in configurations of daemons: without white space, commas and number signs."""

FilePath = Annotated[str, StringConstraints(pattern=r"^/[^\s,]*[^\s,/]$", max_length=4096), AfterValidator(_absolute)]
"""Of a file: it does not end like a directory."""

StacksPath = Annotated[AbsolutePath, AfterValidator(lambda value: deep(value, 2))]
"""The directory above the stacks' own ones."""

StackPath = Annotated[AbsolutePath, AfterValidator(lambda value: deep(value, 3))]
"""A stack's own directory."""

FileMode = Annotated[str, StringConstraints(pattern=r"^0[0-7]{3}$")]
"""An octal mode in quotes: `"0640"`."""

KeyMode = Annotated[FileMode, AfterValidator(_private)]
"""A private key's mode: `"0600"`, or `"0640"` where a group reads it."""

Owner = Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_-]*:[a-z_][a-z0-9_-]*$")]
"""User and group, `root:www-data`."""

LiveMode = Annotated[str, StringConstraints(pattern=r"^[0-7]{3,4}$")]
"""A mode as a live file may have it."""

LiveOwner = Annotated[str, StringConstraints(pattern=r"^[^\s:]+:[^\s:]+$")]
"""Owner and group as a live file may have them: names or numbers (numbers of the node; a container's are shifted)."""
