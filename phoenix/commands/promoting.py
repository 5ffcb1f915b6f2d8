"""A stack's manifest is changed on disk: shown, checked by loading all of it, and written at once."""

import difflib
import os
import shutil
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory

from phoenix.commands import exit_codes
from phoenix.commands.checkout import CONFIG, STACKS
from phoenix.commands.promotion import Change, promoted
from phoenix.console import tell
from phoenix.errors import PhoenixError
from phoenix.model import ConfigurationError, Stack, load


def known_stack(name: str, source: str, target: str) -> Stack:
    """The stack; raises PhoenixError where it is not there, lacks one of the environments, or nothing loads."""
    folders = sorted(path.name for path in STACKS.iterdir() if path.is_dir())
    if name not in folders:
        raise PhoenixError(f"no stack {name}; there are {', '.join(folders)}")
    loaded = [load(CONFIG, STACKS, each) for each in _loading(STACKS, source, target)]
    if not loaded:
        load(CONFIG, STACKS, target)
    stack = loaded[0].stack(name)
    for each in (source, target):
        if each not in stack.environments:
            raise PhoenixError(f"stack {name}: no environment {each}; there are {', '.join(stack.environments)}")
    return stack


def promote(name: str, change: Change, source: str, target: str, *, write: bool) -> int:
    """Shows the change, and makes it where `write` says so; raises PhoenixError where it would not load any more."""
    path = STACKS / name / "stack.yaml"
    before = path.read_text(encoding="utf-8")
    after = promoted(before, change, source, target)
    if after == before:
        tell(f"{path}: {target} has it already")
        return exit_codes.DONE
    _must_load(path, after, source, target)
    lines = difflib.unified_diff(before.splitlines(True), after.splitlines(True), str(path), str(path))
    print("".join(lines), end="")
    if write:
        _replace(path, after)
    else:
        tell("nothing is written without --write")
    return exit_codes.DONE


def _loading(stacks: Path, *environments: str) -> list[str]:
    """Those of the environments that load: one that only stands beside another has no run of its own."""
    found = []
    for each in environments:
        try:
            load(CONFIG, stacks, each)
        except ConfigurationError:
            continue
        found.append(each)
    return found


def _must_load(path: Path, text: str, source: str, target: str) -> None:
    environments = _loading(STACKS, source, target)
    with TemporaryDirectory() as folder:
        copy = Path(folder) / STACKS
        shutil.copytree(STACKS, copy)
        (copy / path.relative_to(STACKS)).write_text(text, encoding="utf-8")
        for each in environments:
            try:
                load(CONFIG, copy, each)
            except ConfigurationError as error:
                said = str(error).replace(f"{folder}/", "")
                raise PhoenixError(f"{target} cannot have what {source} has: {said}") from None


def _replace(named: Path, text: str) -> None:
    path = named.resolve()
    with NamedTemporaryFile("w", dir=path.parent, prefix=".", delete=False, encoding="utf-8") as file:
        file.write(text)
    shutil.copymode(path, file.name)
    os.replace(file.name, path)
