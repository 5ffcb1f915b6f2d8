"""The table of compose files in docs/stacks.md: `python -m tests.stacks.compose_table` writes it anew."""

from pathlib import Path

from tests.stacks.compose_cases import GROUPS, Case

DOCUMENT = Path(__file__).parents[2] / "docs" / "stacks.md"
BEGIN, END = "<!-- compose files: begin -->", "<!-- compose files: end -->"


def table() -> str:
    """Every case: what it is, what becomes of it, and what Docker's CLI does with what is refused."""
    lines = ["| compose file | here | Docker's CLI |", "|---|---|---|"]
    for group, cases in GROUPS.items():
        lines += [f"| **{group}** | | |", *map(_row, cases)]
    return "\n".join(lines)


def _row(case: Case) -> str:
    name = case.name.replace("|", "\\|")
    if case.refused:
        return f"| {name} | refused: {case.refused.replace('|', chr(92) + '|')} | {case.docker} |"
    return f"| {name} | same services | {'takes another form of it' if case.like else 'takes it'} |"


def written(text: str) -> str:
    """The document with the table as it is now."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


if __name__ == "__main__":
    DOCUMENT.write_text(written(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
