"""One import of a running cluster: what does not load is left out where it can be, and told."""

from pathlib import Path

from phoenix.importing.error import ImportingError
from phoenix.importing.live.answers import Answers
from phoenix.importing.live.configuration import configuration
from phoenix.importing.run import written
from phoenix.model import Problem


def import_live(
    answers: Answers,
    target: Path,
    environment: str,
    *,
    force: bool = False,
    as_json: bool = False,
    report: Path | None = None,
) -> tuple[str, bool]:
    """The report's text, which is written to `report` too, and whether nothing was missing.

    Raises ImportingError, with everything that did not answer, for it may be why.
    """
    unusable: dict[str, str] = {}
    while True:
        made = configuration(answers, environment, unusable)
        try:
            return written(made, target, environment, force=force, as_json=as_json, report=report)
        except ImportingError as error:
            wrong = {name: each for each in error.problems if (name := _stack(each, answers, environment))}
            if not wrong.keys() - unusable.keys():
                missing = (Problem("missing", 1, "", "", each) for each in made.ledger.missing)
                raise ImportingError([*error.problems, *missing]) from None
            unusable |= {name: f"the product takes no such file: {each}" for name, each in wrong.items()}


def _stack(problem: Problem, answers: Answers, environment: str) -> str:
    """The stack that the problem is one of; empty for any other."""
    for name in answers.stacks:
        if problem.file.startswith((f"stacks/{name}/", f"stacks/{name.removesuffix(f'-{environment}')}/")):
            return name
        if problem.file == answers.stacks[name].path:
            return name
    return ""
