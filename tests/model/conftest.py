"""A small cluster on disk that a test may break."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from phoenix.model import Cluster, ConfigurationError, Problem, load
from tests.model.broken import Broken

SMALL = Path(__file__).parent / "small"


@dataclass(frozen=True)
class Workspace:
    """`config/` and `stacks/` of the small cluster in a folder of their own."""

    folder: Path

    def write(self, file: str, text: str) -> None:
        path = self.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def replace(self, file: str, old: str, new: str) -> None:
        """Replaces the first `old`, which must be there: a case that changes nothing proves nothing.

        Nothing at all is replaced by a new file.
        """
        if not old:
            assert not (self.folder / file).exists(), f"{file} is there already"
            self.write(file, new)
            return
        text = (self.folder / file).read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {file}"
        self.write(file, text.replace(old, new, 1))

    def texts(self) -> dict[str, str]:
        """Every file with its text."""
        files = (path for path in self.folder.rglob("*") if path.is_file())
        return {str(path.relative_to(self.folder)): path.read_text(encoding="utf-8") for path in files}

    def restore(self, texts: dict[str, str]) -> None:
        """Makes these files the only ones again."""
        now = self.texts()
        for file in now.keys() - texts.keys():
            (self.folder / file).unlink()
        for file, text in texts.items():
            if now.get(file) != text:
                self.write(file, text)
        for folder in (self.folder / "stacks").iterdir():
            if not any(folder.iterdir()):
                folder.rmdir()

    def line(self, file: str, text: str) -> int:
        """Number of the first line that contains `text`; a folder has one line."""
        if (self.folder / file).is_dir():
            return 1
        lines = (self.folder / file).read_text(encoding="utf-8").splitlines()
        return next(number for number, line in enumerate(lines, 1) if text in line)

    def load(self, environment: str = "production") -> Cluster:
        return load(self.folder / "config", self.folder / "stacks", environment)

    def problems(self, environment: str = "production") -> tuple[Problem, ...]:
        """Every problem, files relative to the workspace; none when the cluster loads."""
        return self.told(lambda: self.load(environment))

    def told(self, attempt: Callable[[], object]) -> tuple[Problem, ...]:
        """Every problem that the attempt is refused for, files relative to the workspace."""
        try:
            attempt()
        except ConfigurationError as error:
            return tuple(replace(each, file=each.file.removeprefix(f"{self.folder}/")) for each in error.problems)
        return ()

    def assert_problems(self, case: Broken) -> None:
        """The case's problems, no more and no less, each with its file, line, field, value and what is allowed."""
        problems = self.problems(case.environment)
        told = "\n".join(map(str, problems))
        wanted = sorted((each.file, self.line(each.file, each.line), each.field) for each in case.expected)
        assert [(each.file, each.line, each.field) for each in problems] == wanted, told
        for each in case.expected:
            same = [problem for problem in problems if (problem.file, problem.field) == (each.file, each.field)]
            assert any(each.value in problem.value and each.allowed in problem.allowed for problem in same), told


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(Path(shutil.copytree(SMALL, tmp_path / "cluster")))
