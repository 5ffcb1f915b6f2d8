"""What keeps a directory or a cluster from being imported, said so that it can be mended."""

from collections.abc import Iterable

from phoenix.errors import PhoenixError
from phoenix.model import Problem
from phoenix.redaction import redact


class ImportingError(PhoenixError):
    """What was read cannot become a configuration; `problems` holds every mistake that was found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(dict.fromkeys(problems))
        lines = "\n".join(f"  {redact(str(problem))}" for problem in self.problems)
        count = len(self.problems)
        super().__init__(f"what was read has {count} problem{'s' * (count != 1)}; nothing was written:\n{lines}")
