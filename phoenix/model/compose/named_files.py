"""Files beside a compose file that it names: of environment variables, and of configs."""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from phoenix.model.document import Loc

WITHIN = "a relative path of a file in the stack's folder"


def env_files(service: Mapping[str, Any]) -> list[str]:
    """The service's `env_file`, one or several."""
    given = service.get("env_file")
    entries = given if isinstance(given, list) else [given]
    return [each for each in entries if isinstance(each, str)]


def named_files(compose: Mapping[str, Any]) -> Iterator[tuple[Loc, str]]:
    """Every path of a compose file, its variables filled in, that names another file, with its place."""
    for name, service in _section(compose, "services"):
        listed = isinstance(service.get("env_file"), list)
        for index, path in enumerate(env_files(service)):
            yield ("services", name, "env_file", *((index,) if listed else ())), path
    for name, config in _section(compose, "configs"):
        if isinstance(config.get("file"), str):
            yield ("configs", name, "file"), config["file"]


def source(path: str) -> str:
    """The path below the stack's folder, in one way of writing it.

    Raises ValueError for one that leads out of it.
    """
    parts = PurePosixPath(path)
    if parts.is_absolute() or ".." in parts.parts or not parts.parts:
        raise ValueError(WITHIN)
    return str(parts)


def _section(compose: Mapping[str, Any], key: str) -> list[tuple[str, Mapping[str, Any]]]:
    section = compose.get(key)
    entries = section.items() if isinstance(section, Mapping) else ()
    return [(name, each) for name, each in entries if isinstance(each, Mapping)]
