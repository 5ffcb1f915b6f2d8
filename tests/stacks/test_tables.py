"""The tables that people read are those that the Swarm and Traefik were asked about."""

from tests.stacks.compose_cases import CASES
from tests.stacks.tables import DOCUMENT, written


def test_the_tables_are_current() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text == written(text), "python -m tests.stacks.tables"


def test_every_case_has_a_name_of_its_own() -> None:
    names = [case.name for case in CASES]
    assert len({*names}) == len(names) >= 60
