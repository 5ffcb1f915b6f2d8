"""The old files of a directory, and their sections: found by what they hold, because names and places differ."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from phoenix.importing import json_text
from phoenix.importing.error import ImportingError
from phoenix.importing.old import Old, OldFile
from phoenix.model import Problem
from phoenix.model.compose.env_file import assignments
from phoenix.model.docker_scalars import read_as_docker_does
from phoenix.model.document import Loc, read

COMPOSE_NAMES = ("docker-compose.yml", "docker-compose.yaml", "compose.yml", "compose.yaml")
_MOST_BYTES = 4_000_000
_DEEPEST = 3


@dataclass(frozen=True)
class Found:
    """What a directory holds. Paths are relative to it."""

    root: Path
    files: tuple[OldFile, ...]
    """Every JSON file but schemas."""
    others: tuple[tuple[str, str], ...]
    """Files that were not read, each with the reason."""

    def section(self, title: str, fits: Callable[[Any], bool]) -> Old | None:
        """The one value of all files that fits; raises ImportingError where there are two."""
        found = [each for file in self.files for each in _fitting(file.top, fits, _DEEPEST)]
        if len(found) > 1:
            raise found[1].refuse(f"{title} once; {found[0].place} has it already")
        return found[0] if found else None

    def named(self, key: str) -> Old | None:
        """What stands at the key, on top of one of the files; raises ImportingError where two have it."""
        tops = [file.top.get(key) for file in self.files if isinstance(file.data, dict)]
        found = [each for each in tops if each is not None]
        if len(found) > 1:
            raise found[1].refuse(f"{key} once; {found[0].place} has it already")
        return found[0] if found else None

    def compose(self, folder: str) -> OldFile | None:
        """The compose file of a stack's folder."""
        for name in COMPOSE_NAMES:
            path = f"{folder}/{name}" if folder else name
            if (self.root / path).is_file():
                return _yaml(self.root, path)
        return None

    def text(self, path: str) -> str:
        """The text of a file; raises ImportingError."""
        return _text(self.root, path)

    def variables(self, path: str) -> OldFile:
        """A file of `NAME=value` lines."""
        text, lines, data = self.text(path), dict[Loc, int](), dict[str, str]()
        try:
            for number, name, value in assignments(text):
                data[name], lines[name,] = value or "", number
        except ValueError as error:
            raise ImportingError([Problem(path, 1, "", "", f"lines of NAME=value: {error}")]) from None
        return OldFile(path, data, lines)


def find(root: Path) -> Found:
    """Raises ImportingError for a directory or a file that cannot be read."""
    if not root.is_dir():
        raise ImportingError([Problem(str(root), 1, "", "", "a directory with the old system's JSON files")])
    files: list[OldFile] = []
    others: list[tuple[str, str]] = []
    problems: list[Problem] = []
    for path in _paths(root):
        if not path.endswith(".json"):
            others.append((path, "no JSON"))
            continue
        try:
            file = _json(root, path)
        except ImportingError as error:
            problems += error.problems
            continue
        if is_schema(file.data):
            others.append((path, "a schema, which holds no values"))
        elif twin := next((each.path for each in files if each.data == file.data), ""):
            others.append((path, f"the same as {twin}"))
        else:
            files.append(file)
    if problems:
        raise ImportingError(problems)
    return Found(root, tuple(files), tuple(others))


def _paths(root: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(root, onerror=_unreadable):
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        yield from (str((Path(folder) / name).relative_to(root)) for name in sorted(names) if not name.startswith("."))


def _unreadable(error: OSError) -> None:
    raise ImportingError([Problem(str(error.filename), 1, "", "", f"the folder cannot be read: {error.strerror}")])


def _text(root: Path, path: str) -> str:
    try:
        if not (root / path).is_file():
            raise ImportingError([Problem(path, 1, "", "", "a regular file")])
        if (root / path).stat().st_size > _MOST_BYTES:
            raise ImportingError([Problem(path, 1, "", "", f"a file of at most {_MOST_BYTES} bytes")])
        return (root / path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        cause = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ImportingError([Problem(path, 1, "", "", f"the file cannot be read: {cause}")]) from None


def _json(root: Path, path: str) -> OldFile:
    try:
        text = _text(root, path)
        data = json_text.data(text)
        return OldFile(path, data, {} if is_schema(data) else json_text.lines(text))
    except json_text.UnreadableError as error:
        raise ImportingError([Problem(path, error.line, "", "", str(error))]) from None


def _yaml(root: Path, path: str) -> OldFile:
    document, problems = read(root / path, read_as_docker_does)
    if document is None:
        raise ImportingError([Problem(path, each.line, each.field, each.value, each.allowed) for each in problems])
    if not isinstance(document.data, dict):
        raise ImportingError([Problem(path, 1, "", "", "a compose file: a mapping with services")])
    return OldFile(path, document.data, {loc: document.at(loc).line for loc in _locs(document.data, ())})


def _locs(data: Any, loc: Loc) -> Iterator[Loc]:
    yield loc
    for key, each in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield from _locs(each, (*loc, key))


def _fitting(old: Old, fits: Callable[[Any], bool], depth: int) -> Iterator[Old]:
    if fits(old.data):
        yield old
    elif depth and isinstance(old.data, dict):
        for _, each in old.items():
            yield from _fitting(each, fits, depth - 1)


def is_schema(data: Any) -> bool:
    return isinstance(data, dict) and "json-schema.org" in str(data.get("$schema", ""))


def _any(data: Any, *keys: str) -> bool:
    """Whether it is a list in which an object has these keys; what the others lack is told when they are read."""
    return isinstance(data, list) and any(isinstance(each, dict) and {*keys} <= {*each} for each in data)


def is_containers(data: Any) -> bool:
    """Objects by VMID."""
    numbered = isinstance(data, dict) and bool(data) and all(key.isdecimal() for key in data)
    return numbered and any(isinstance(each, dict) and "network_config" in each for each in data.values())


def is_machines(data: Any) -> bool:
    """A list of objects with a VMID."""
    return _any(data, "vmid")


def is_firewall(data: Any) -> bool:
    """The node's rules, or its policies."""
    return isinstance(data, dict) and bool({"global_firewall_rules", "default_input_policy"} & {*data})


def is_stacks(data: Any) -> bool:
    """Stacks by name, each with its environments."""
    return isinstance(data, dict) and any(isinstance(each, dict) and "environments" in each for each in data.values())


def is_certificates(data: Any) -> bool:
    """A list of certificates with their paths."""
    return _any(data, "common_name", "cert_path")


def is_endpoints(data: Any) -> bool:
    """Portainer's environments."""
    return _any(data, "Name", "URL")


def is_stack(data: Any) -> bool:
    """The manifest of one stack."""
    return isinstance(data, dict) and "environments" in data
