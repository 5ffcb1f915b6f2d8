"""One import: read, write, report."""

import json
from collections.abc import Collection
from pathlib import Path

from phoenix.importing.configuration import Configuration, configuration
from phoenix.importing.error import ImportingError
from phoenix.importing.report import as_json as json_report
from phoenix.importing.report import as_markdown
from phoenix.importing.writing import write
from phoenix.model import Problem


def import_directory(
    root: Path,
    target: Path,
    environment: str,
    *,
    leave_out: Collection[str] = (),
    force: bool = False,
    as_json: bool = False,
    report: Path | None = None,
) -> tuple[str, bool]:
    """The report's text, which is written to `report` too, and whether nothing was missing. Raises ImportingError."""
    refuse_a_report_that_is_there(report, force=force)
    made = configuration(root, leave_out)
    return written(made, target, environment, force=force, as_json=as_json, report=report)


def refuse_a_report_that_is_there(report: Path | None, *, force: bool) -> None:
    """Raises ImportingError, before anything is read."""
    if report is not None and report.exists() and not force:
        raise ImportingError([Problem(str(report), 1, "", "", "no file there, or --force")])


def written(
    made: Configuration, target: Path, environment: str, *, force: bool, as_json: bool, report: Path | None
) -> tuple[str, bool]:
    """Writes the files and the report; as `import_directory` returns and raises."""
    write(made, target, environment, force=force)
    text = json.dumps(json_report(made), indent=2, ensure_ascii=False) + "\n" if as_json else as_markdown(made)
    if report is not None:
        try:
            report.write_text(text, encoding="utf-8")
        except OSError as error:
            raise ImportingError([Problem(str(report), 1, "", "", f"a file to write: {error.strerror}")]) from None
    return text, not made.ledger.missing
