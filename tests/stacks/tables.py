"""The tables of docs/stacks.md: `python -m tests.stacks.tables` writes them anew."""

from collections.abc import Callable
from pathlib import Path

from tests.model.cases import labels as refused_labels
from tests.plan.label_cases import CASES as SAME_LABELS
from tests.stacks.compose_cases import GROUPS, Case

DOCUMENT = Path(__file__).parents[2] / "docs" / "stacks.md"


def compose_files() -> list[str]:
    """Every compose file: what it is, what becomes of it, and what Docker's CLI does with it."""
    lines = ["| compose file | here | Docker's CLI |", "|---|---|---|"]
    for group, cases in GROUPS.items():
        lines += [f"| **{group}** | | |", *map(_row, cases)]
    return lines


def _row(case: Case) -> str:
    if case.refused:
        return f"| {_cell(case.name)} | refused: {_cell(case.refused)} | {case.docker} |"
    return f"| {_cell(case.name)} | same services | {'takes another form of it' if case.like else 'takes it'} |"


def labels() -> list[str]:
    """Labels by their case, and the words of refusals."""
    lines = ["| labels | here |", "|---|---|"]
    for name, given in SAME_LABELS.items():
        kinds = sorted({".".join(each.split("=")[0].split(".")[1:3]) for each in given})
        lines.append(f"| {_cell(name)}: {_cell(', '.join(kinds))} | same routers, services, middlewares |")
    for case in refused_labels.CASES:
        if case.expected:
            words = "; ".join(dict.fromkeys(each.allowed for each in case.expected))
            lines.append(f"| {_cell(case.name)} | refused: {_cell(words)} |")
    return lines


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


TABLES: dict[str, Callable[[], list[str]]] = {"compose files": compose_files, "labels": labels}


def written(text: str) -> str:
    """The document with the tables as they are now."""
    for name, lines in TABLES.items():
        begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
        before, _, rest = text.partition(begin)
        _, _, after = rest.partition(end)
        text = "\n".join([before + begin, *lines(), end + after])
    return text


if __name__ == "__main__":
    DOCUMENT.write_text(written(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
