"""The files in a temporary folder first: what does not load is not written, and nothing is written over unasked."""

import tempfile
from dataclasses import replace
from pathlib import Path

from phoenix.importing.configuration import Configuration
from phoenix.importing.error import ImportingError
from phoenix.importing.yaml_text import yaml_text
from phoenix.model import Cluster, ConfigurationError, Problem, load


def write(made: Configuration, target: Path, environment: str, *, force: bool = False) -> Cluster:
    """The cluster that the written files describe. Raises ImportingError, and then has written nothing."""
    texts = {each.path: yaml_text(each, made.ledger.entries) for each in made.files} | made.texts
    _refuse_what_is_there(texts, target, force=force)
    with tempfile.TemporaryDirectory(prefix="import-") as name:
        _put(texts, Path(name))
        cluster = _loaded(made, Path(name), environment)
    _put(texts, target)
    return cluster


def _refuse_what_is_there(texts: dict[str, str], target: Path, *, force: bool) -> None:
    taken = [] if force else [path for path in texts if (target / path).exists()]
    over = "no file there: choose another folder (--to), or write over it with --force"
    foreign = "no other guest or stack there, with which it would be another cluster: move it away"
    problems = [Problem(str(target / path), 1, "", "", over) for path in taken]
    problems += [Problem(str(target / path), 1, "", "", foreign) for path in _foreign(target, texts)]
    if problems:
        raise ImportingError(problems)


def _put(texts: dict[str, str], folder: Path) -> None:
    try:
        (folder / "stacks").mkdir(parents=True, exist_ok=True)
        for path, text in texts.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise ImportingError([Problem(str(folder), 1, "", "", f"a folder to write to: {error.strerror}")]) from None


def _foreign(target: Path, texts: dict[str, str]) -> list[str]:
    guests = [f"config/guests/{each.name}" for each in (target / "config/guests").glob("*.yaml")]
    stacks = [f"stacks/{each.parent.name}/stack.yaml" for each in (target / "stacks").glob("*/stack.yaml")]
    return sorted({*guests, *stacks} - {*texts})


def _loaded(made: Configuration, folder: Path, environment: str) -> Cluster:
    try:
        return load(folder / "config", folder / "stacks", environment)
    except ConfigurationError as error:
        raise ImportingError(_told(made, folder, each) for each in error.problems) from None


def _told(made: Configuration, folder: Path, problem: Problem) -> Problem:
    """A problem of a written file at the old value that it comes from, where there is one."""
    path = problem.file.removeprefix(f"{folder}/")
    allowed = problem.allowed.replace(f"{folder}/", "")
    origin = made.ledger.origin(path, problem.field)
    if origin is None:
        return replace(problem, file=path, allowed=allowed)
    line = origin.file.line(origin.loc)
    return Problem(origin.file.path, line, origin.field, origin.shown, f"{allowed} (it became {path}, {problem.field})")
