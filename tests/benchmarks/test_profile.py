"""Where a run's time went: what the profile makes of recorded events."""

from typing import Any

import pytest

from benchmarks.profile.events import Event, overlapping
from benchmarks.profile.path import Step, critical_path
from benchmarks.profile.report import render


def call(begun: float, took: float, name: str) -> Event:
    return Event(begun, took, "provider", name, 1)


def resource(name: str, *waits_for: str, kind: str = "Lxc") -> dict[str, Any]:
    return {
        "urn": f"urn:{name}",
        "type": f"pulumi-python:dynamic/phoenix:{kind}",
        "id": f"id-{name.rpartition('::')[2]}",
        "dependencies": [f"urn:{each}" for each in waits_for],
    }


@pytest.mark.parametrize(("count", "expected"), [(1, 7.0), (2, 3.0), (3, 1.0), (4, 0.0)])
def test_how_long_so_many_were_under_way(count: int, expected: float) -> None:
    events = [call(0, 4, "a"), call(1, 4, "b"), call(2, 1, "c"), call(8, 2, "d")]
    assert overlapping(events, count) == pytest.approx(expected)


def test_the_critical_path_is_the_longest_chain() -> None:
    resources = [resource("x::a"), resource("x::b"), resource("x::c", "x::a", "x::b"), resource("x::d", "x::a")]
    events = [
        *(call(0, 1, "read Lxc id-a"), call(0, 3, "read Lxc id-b"), call(3, 1, "diff Lxc id-c")),
        *(call(1, 2.5, "read Lxc id-d"), call(0, 9, "read Vm id-a")),
    ]
    assert critical_path(resources, events) == [Step("b", 3.0), Step("c", 1.0)]


def test_calls_of_one_resource_that_overlap_count_once() -> None:
    events = [call(0, 2, "read Lxc id-a"), call(1, 2, "diff Lxc id-a")]
    assert critical_path([resource("x::a")], events) == [Step("a", 3.0)]


def test_the_report_tells_phases_kinds_hosts_and_the_path() -> None:
    events = [
        Event(1.0, 0, "process", "program", 1),
        Event(2.0, 0.5, "pure", "load", 1),
        Event(2.4, 0.1, "pure", "check", 1),
        Event(2.2, 0, "process", "provider", 1),
        call(3.0, 1.0, "read Lxc id-a"),
        Event(3.1, 0.2, "ssh", "run 10.0.0.13 sh", 2),
        Event(3.2, 0.3, "http", "request https://10.0.0.13:8006/api2/json/nodes", 2),
    ]
    said = render(5.0, events, [Step("a", 1.0), Step("b", 0.001)])
    for line in (
        *("    1.00  the program's process starts", "imports are done; load 0.40, checks 0.10"),
        *("    4.00  the end of its last", "    1     1.00     1.00  read Lxc", "    1     0.20  ssh 10.0.0.13"),
        *("    1     0.30  http 10.0.0.13:8006", "   1.00  a", "the whole run took 5.00 times as long"),
    ):
        assert line in said
    assert "  b\n" not in said
