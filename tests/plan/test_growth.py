"""Work grows with the cluster and no faster, shown by the lines that run: that takes no clock."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import phoenix
from phoenix.model import Cluster, LxcGuest
from phoenix.model.checks import check
from phoenix.model.document import Document
from phoenix.model.draft import Draft
from phoenix.model.located import Located
from phoenix.plan.choices import Choices
from phoenix.plan.cluster import plan
from tests.plan.reference import reference

OURS = str(Path(phoenix.__file__).parent)
FEW, MANY = 40, 160
EXPONENT = 1.1
RULES = 10


def guest(number: int) -> LxcGuest:
    """A container with rules of its own; every third offers a service."""
    rules = [
        {"direction": "in", "action": "ACCEPT", "proto": "tcp", "source": f"10.0.2.{each + 1}", "ports": [8000 + each]}
        for each in range(RULES)
    ]
    return LxcGuest.model_validate(
        {
            "type": "lxc",
            "vmid": 10_000 + number,
            "name": f"g{number}",
            "source": {"clone": 900},
            "cores": 2,
            "memory_mb": 2048,
            "disk_gb": 64,
            "unprivileged": True,
            "network": {"address": f"10.0.{4 + number // 200}.{1 + number % 200}/16", "gateway": "10.0.0.1"},
            "traefik_service": {"name": f"s{number}", "port": 8080} if number % 3 == 0 else None,
            "firewall": {"enabled": True, "rules": rules},
        }
    )


def cluster(number: int) -> Cluster:
    """The reference cluster, its network widened, with so many guests more and two records for each."""
    given = reference()
    more = [guest(each) for each in range(number)]
    records = [{"name": f"r{each.vmid}{letter}", "guest": each.vmid} for each in more for letter in "ab"]
    data = given.model_dump(mode="json", by_alias=True)
    data["node"]["address"] = "10.0.0.13/16"
    data["dns"]["records"] += records
    for each in data["guests"]:
        each["network"]["address"] = each["network"]["address"].replace("/24", "/16")
    data["guests"] += [each.model_dump(mode="json", by_alias=True) for each in more]
    return Cluster.model_validate(data)


def located(part: Any, name: str) -> Any:
    return Located(part, Document(name, part.model_dump(mode="json"), None))


def checked(given: Cluster) -> None:
    draft = Draft(
        environment=given.environment,
        guests=tuple(located(each, each.name) for each in given.guests),
        certificates=tuple(located(each, each.name) for each in given.certificates),
        stacks=tuple(located(each, each.name) for each in given.stacks),
        compose={each.name: Document(each.name, each.compose, None) for each in given.stacks},
        cluster=located(given, "cluster"),
    )
    assert list(check(draft)) == []


def planned(given: Cluster) -> None:
    plan(given, Choices())


def lines(work: Callable[[Cluster], None], given: Cluster) -> int:
    """How many lines of the product run."""
    found = 0

    def count(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal found
        if not frame.f_code.co_filename.startswith(OURS):
            return None
        found += event == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        work(given)
    finally:
        sys.settrace(before)
    return found


@pytest.mark.parametrize("work", [checked, planned])
def test_four_times_the_guests_are_four_times_the_work(work: Callable[[Cluster], None]) -> None:
    none, few, many = (lines(work, cluster(number)) for number in (0, FEW, MANY))
    assert none > 1000
    assert (many - none) / (few - none) <= (MANY / FEW) ** EXPONENT


def test_work_over_all_pairs_would_be_found() -> None:
    def pairs(given: Cluster) -> None:
        for each in given.guests:
            given.problem(each, allowed="")
            for _ in given.guests:
                given.holder(next(iter(given.gateway_guest.roles)))

    few, many = (lines(pairs, cluster(number)) for number in (FEW, MANY))
    assert many / few > (MANY / FEW) ** EXPONENT
