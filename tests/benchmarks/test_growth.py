"""The generated configuration is a valid one of the size that was asked for; exponents are those of the curve."""

from pathlib import Path

import pytest

from benchmarks.growth.comparison import exponent
from benchmarks.growth.generator import REFERENCE, RULES, generate
from benchmarks.growth.pure import measure
from phoenix.model import load
from phoenix.plan.choices import Choices
from phoenix.plan.cluster import plan

GUESTS = 45


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(GUESTS, tmp_path_factory.mktemp("generated"))


def test_it_loads_and_has_its_size(folder: Path) -> None:
    cluster = load(folder / "config", folder / "stacks", "production")
    further = [each for each in cluster.guests if each.vmid >= 10_000]
    assert len(cluster.guests) == GUESTS
    assert {len(each.firewall.rules) for each in further} == {RULES}
    assert sum(each.name.startswith("stack") for each in cluster.stacks) == (GUESTS - REFERENCE) // 10
    records = [each.guest for each in cluster.dns.records]
    assert [records.count(each.vmid) for each in further] == [2] * len(further)


def test_three_of_ten_are_reached_through_the_gateway(folder: Path) -> None:
    planned = plan(load(folder / "config", folder / "stacks", "production"), Choices())
    assert sum(name.startswith("service-") for name in planned.urls) == 9


def test_its_parts_are_timed(folder: Path) -> None:
    found = measure(folder)
    assert found.keys() == {"load", "check", "plan", "megabytes"}
    assert min(found.values()) > 0


def test_the_exponent_is_the_slope() -> None:
    sizes = (10.0, 100.0, 1000.0)
    assert exponent(sizes, [3 * size**1.5 for size in sizes]) == pytest.approx(1.5)
