"""docs/performance.md, made of the raw results and of nothing else."""

from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks.comparison import Comparison, Figure, Ratio, Raw
from benchmarks.comparisons import COMPARISONS

PATH = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
NOT_YET = "not measured yet"
HEAD = """# Performance

Made by `make bench`; changes made here are undone by its next run. The raw results are in
[benchmarks/results/latest.json](../benchmarks/results/latest.json).

A ratio is made within a round, of whole commands that ran one after the other on one lab, so that what else the machine
did meets both. It is given as the median of all rounds, with the least and the greatest in brackets. Seconds say little
about another machine.

## Goals

| what | goal | measured |
|---|---|---|
"""
AGAIN = """
## Again

    make bench                                      # everything: about an hour on two cores
    make bench ARGS="--only engine --rounds 9"      # one comparison; the others keep their results
    make bench ARGS="--render"                      # this file, from the raw results

It brings the lab up and converged first, and takes away whatever it has made there. A comparison that fails is named,
keeps its last results, and the others go on.
"""


def render(results: Raw) -> str:
    """The whole text."""
    rows = "".join(_rows(each, results.get(each.name)) for each in COMPARISONS)
    details = "".join(_details(each, results.get(each.name)) for each in COMPARISONS)
    return HEAD + rows + "\n## Measurements\n" + details + AGAIN


def _rows(comparison: Comparison, raw: Raw | None) -> str:
    lines = []
    for row in comparison.rows:
        if row.goal:
            lines.append(f"| {comparison.title}: {row.what} | {row.goal} | {measured(row, raw)} |\n")
    return "".join(lines)


def measured(row: Ratio | Figure, raw: Raw | None) -> str:
    """The median with its spread, or the figure."""
    if raw is None:
        return NOT_YET
    if isinstance(row, Figure):
        value = raw["figures"].get(row.key)
        return NOT_YET if value is None else f"{value:.2f}{f' {row.unit}' if row.unit else ''}"
    found = ratios(row, raw)
    return f"**{median(found):.2f}** ({min(found):.2f} to {max(found):.2f})"


def ratios(row: Ratio, raw: Raw) -> list[float]:
    """Of each round."""
    seconds = raw["seconds"]
    over, under = ([sum(each) for each in zip(*(seconds[name] for name in side), strict=True)] for side in _sides(row))
    return [a / b for a, b in zip(over, under, strict=True)]


def _sides(row: Ratio) -> Sequence[Sequence[str]]:
    return (row.over, row.under)


def _details(comparison: Comparison, raw: Raw | None) -> str:
    text = f"\n### {comparison.title}\n\n"
    if raw is None:
        return text + f'Not measured yet: `make bench ARGS="--only {comparison.name}"`.\n'
    text += f"{comparison.note}\n\n" if comparison.note else ""
    rows = [f"| {row.what} | {measured(row, raw)} |\n" for row in comparison.rows]
    text += "| | |\n|---|---|\n" + "".join(rows)
    if raw["seconds"]:
        text += "\n| seconds | rounds | least | median | greatest |\n|---|---|---|---|---|\n"
        for name, each in raw["seconds"].items():
            spread = f"{min(each):.2f} | {median(each):.2f} | {max(each):.2f}"
            text += f"| {name} | {len(each)} | {spread} |\n"
    return text + f"\n{_machine(raw)}\n"


def _machine(raw: Raw) -> str:
    it = raw["machine"]
    versions = ", ".join(f"{name} {number}" for name, number in it["versions"].items())
    return (
        f"{raw['date']}; {it['processor']}, {it['cores']} cores, {it['memory_gb']} GB, {it['system']}, Linux "
        f"{it['kernel']}, load {it['load']} at the start; {versions}."
    )
