"""The files of one environment: those of `config/`, with what `config/environments/NAME/` lays over them."""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from phoenix.model.document import Document, read
from phoenix.model.overlay import laid_over
from phoenix.model.problem import Problem
from phoenix.vocabulary.names import ENVIRONMENT_NAME

FOLDER = "environments"
CLUSTER, CERTIFICATES, GUESTS = "cluster.yaml", "certificates.yaml", "guests"
REMOVE = "remove"
IDENTITY = frozenset({"name", "type", "vmid"})
"""What no guest is without."""


@dataclass(frozen=True)
class GuestFile:
    """A guest's file; `document` is as the environment has it, None where it cannot be read.

    `named` is the document that the file is called after: an overlay is called as what it lies over, whatever it says.
    """

    path: Path
    document: Document | None
    named: Document | None


class EnvironmentFiles:
    """Reads them, and collects problems on the way."""

    def __init__(self, config: Path, environment: str) -> None:
        self.problems: list[Problem] = []
        self._lower, self._upper = config, config / FOLDER / environment
        self._known_environments(config / FOLDER)
        if self._upper.is_dir():
            self._known_files()

    def document(self, name: str) -> Document | None:
        """`cluster.yaml` or `certificates.yaml`; None where it cannot be read."""
        return self._laid_over(self._lower / name, self._upper / name)

    def guests(self) -> Iterator[GuestFile]:
        """Every guest's file but those that the environment leaves out."""
        lower, upper = self._lower / GUESTS, self._upper / GUESTS
        below = {path.name for path in self.entries(lower)} if lower.is_dir() or not upper.is_dir() else set()
        above = {path.name for path in self.entries(upper)} if upper.is_dir() else set()
        for name in sorted(below | above):
            path = lower / name if name in below else upper / name
            if path.suffix != ".yaml":
                self.problems.append(Problem(str(path), 1, "", "", "a guest's file ends in .yaml"))
            elif name in below & above:
                yield from self._overlaid_guest(lower / name, upper / name)
            else:
                document = self._read(path)
                if document is not None and path.parent == upper:
                    document = self._alone(document, lower, below)
                yield GuestFile(path, document, document)

    def entries(self, folder: Path) -> list[Path]:
        """What is in a folder, sorted, but for hidden files."""
        try:
            return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
        except OSError as error:
            self.problems.append(Problem(str(folder), 1, "", "", f"the folder cannot be read: {error.strerror}"))
            return []

    def _alone(self, document: Document, lower: Path, names: set[str]) -> Document | None:
        """The document of a guest that only this environment has; None where it can be no such one."""
        if REMOVE in _keys(document) or not _keys(document).keys() >= IDENTITY:
            name = Path(document.path).name
            close = difflib.get_close_matches(name, names, n=1)
            meant = f"did you mean {close[0]}? " if close else ""
            allowed = f"a whole guest with {', '.join(sorted(IDENTITY))}: {lower} has no {name}; {meant}"
            self.problems.append(document.problem((), value=document.data, allowed=allowed.rstrip("; ")))
            return None
        return document

    def _overlaid_guest(self, lower: Path, upper: Path) -> Iterator[GuestFile]:
        below, above = self._read(lower), self._read(upper)
        if above is not None and REMOVE in _keys(above):
            if problems := tuple(_wrong_removal(above)):
                self.problems += problems
                yield GuestFile(lower, None, None)
        elif below is None or above is None:
            yield GuestFile(lower, None, None)
        else:
            yield GuestFile(lower, self._merged(below, above), below)

    def _laid_over(self, lower: Path, upper: Path) -> Document | None:
        if not upper.exists():
            return self._read(lower)
        if not lower.exists():
            return self._read(upper)
        below, above = self._read(lower), self._read(upper)
        return None if below is None or above is None else self._merged(below, above)

    def _merged(self, lower: Document, upper: Document) -> Document:
        document, problems = laid_over(lower, upper)
        self.problems += problems
        return document

    def _read(self, path: Path) -> Document | None:
        document, problems = read(path)
        self.problems += problems
        return document

    def _known_environments(self, folder: Path) -> None:
        for path in self.entries(folder) if folder.is_dir() else ():
            if not path.is_dir() or not re.fullmatch(ENVIRONMENT_NAME, path.name):
                allowed = "a folder for each environment, named in small letters, digits and _"
                self.problems.append(Problem(str(path), 1, "", "", allowed))

    def _known_files(self) -> None:
        for path in self.entries(self._upper):
            if path.name not in (CLUSTER, CERTIFICATES, GUESTS) or path.is_dir() != (path.name == GUESTS):
                allowed = f"an environment has {CLUSTER}, {CERTIFICATES} and the folder {GUESTS}, and nothing else"
                self.problems.append(Problem(str(path), 1, "", "", allowed))


def _wrong_removal(document: Document) -> Iterator[Problem]:
    if document.data[REMOVE] is not True:
        allowed = "true, for a guest that is left out; no such key otherwise"
        yield document.problem((REMOVE,), value=document.data[REMOVE], allowed=allowed)
    for key in document.data:
        if key != REMOVE:
            allowed = f"nothing beside {REMOVE}: true, by which the whole guest is left out"
            yield document.problem((key,), value=document.data[key], allowed=allowed)


def _keys(document: Document) -> dict[str, object]:
    return document.data if isinstance(document.data, dict) else {}
