"""The table that people read is the one that the Swarm was asked about."""

from tests.stacks.compose_cases import CASES
from tests.stacks.compose_table import DOCUMENT, written


def test_the_table_is_current() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text == written(text), "python -m tests.stacks.compose_table"


def test_every_case_has_a_name_of_its_own() -> None:
    names = [case.name for case in CASES]
    assert len({*names}) == len(names) >= 60
