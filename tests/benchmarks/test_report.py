"""docs/performance.md is what the raw results are rendered to, complete, and silent about whose machine it was."""

import platform
import re

import pytest

from benchmarks import report, results
from benchmarks.alternation import alternate
from benchmarks.comparison import Comparison, Ratio
from benchmarks.comparisons import COMPARISONS
from benchmarks.lab import CHECKOUT


def test_it_is_what_the_results_are_rendered_to() -> None:
    assert report.PATH.read_text(encoding="utf-8") == report.render(results.read())


def test_the_results_are_of_comparisons_that_there_are() -> None:
    assert results.read().keys() <= {each.name for each in COMPARISONS}


@pytest.mark.parametrize("comparison", COMPARISONS, ids=lambda each: each.name)
def test_every_comparison_is_in_it_with_its_goals(comparison: Comparison) -> None:
    text = report.PATH.read_text(encoding="utf-8")
    assert text.count(f"### {comparison.title}\n") == 1
    for row in comparison.rows:
        assert not row.goal or f"| {comparison.title}: {row.what} | {row.goal} |" in text


def test_names_and_titles_are_unique() -> None:
    assert len({each.name for each in COMPARISONS}) == len({each.title for each in COMPARISONS}) == len(COMPARISONS)


def test_neither_a_path_nor_a_host_of_this_machine_is_in_it() -> None:
    for path in (report.PATH, results.PATH):
        text = path.read_text(encoding="utf-8")
        assert str(CHECKOUT) not in text
        assert re.search(r"(^|[ \"(])/(tmp|root|home|work)\b", text) is None
        assert re.search(rf"\b{re.escape(platform.node())}\b", text) is None


def test_ratios_are_made_within_a_round() -> None:
    row = Ratio("", "", over=("slow", "slower"), under=("fast",))
    raw = {"seconds": {"slow": [1.0, 2.0], "slower": [3.0, 4.0], "fast": [2.0, 1.0]}}
    assert report.ratios(row, raw) == [2.0, 6.0]


def test_every_second_round_goes_the_other_way_round() -> None:
    ran: list[str] = []

    def side(name: str) -> float:
        ran.append(name)
        return float(len(ran))

    found = alternate({"a": lambda: side("a"), "b": lambda: side("b")}, 2)
    assert ran == ["a", "b", "b", "a"]
    assert found == {"a": [1.0, 4.0], "b": [2.0, 3.0]}
