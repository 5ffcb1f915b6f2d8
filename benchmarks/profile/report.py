"""Where a run's time went, as text."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from benchmarks.profile.events import Event, overlapping, seconds
from benchmarks.profile.path import Step

THREADS = 4
"""So many calls at a time Pulumi's process of dynamic providers takes."""
LONGEST = 15
SHOWN = 0.005
"""Seconds: shorter steps of the critical path are counted and not shown."""


def render(total: float, events: Sequence[Event], steps: Sequence[Step]) -> str:
    """The report of a run of `total` seconds."""
    return "\n".join([*_phases(total, events), *_providers(events), *_remote(events), *_path(total, steps)]) + "\n"


def _phases(total: float, events: Sequence[Event]) -> Iterable[str]:
    began = {each.name: each.begun for each in events if each.kind == "process"}
    pure = {each.name: each for each in events if each.kind == "pure"}
    calls = [each for each in events if each.kind == "provider"]
    yield "When (s)  what"
    if "program" in began:
        yield f"{began['program']:8.2f}  the program's process starts: before it, the engine and its language host"
    if "load" in pure:
        checks = pure["check"].took if "check" in pure else 0.0
        yield f"{pure['load'].begun:8.2f}  imports are done; load {pure['load'].took - checks:.2f}, checks {checks:.2f}"
    if "plan" in pure:
        yield f"{pure['plan'].begun:8.2f}  plan {pure['plan'].took:.2f}"
    if "place" in pure:
        yield f"{pure['place'].begun:8.2f}  the kinds are loaded; place {pure['place'].took:.2f}"
    if "provider" in began:
        yield f"{began['provider']:8.2f}  the providers' process starts"
    if calls:
        yield f"{calls[0].begun:8.2f}  its first call"
        last = max(each.ended for each in calls)
        yield f"{last:8.2f}  the end of its last: after it, the engine's checkpoint and end"
    yield f"{total:8.2f}  the end"


def _providers(events: Sequence[Event]) -> Iterable[str]:
    calls = [each for each in events if each.kind == "provider"]
    by_kind: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for each in calls:
        operation, kind, *_ = each.name.split(" ")
        by_kind[operation, kind].append(each)
    rows = sorted(by_kind.items(), key=lambda row: -seconds(row[1]))
    yield ""
    yield "Calls  seconds  longest  of the providers"
    for (operation, kind), those in rows[:LONGEST]:
        longest = max(each.took for each in those)
        yield f"{len(those):5}  {seconds(those):7.2f}  {longest:7.2f}  {operation} {kind}"
    yield f"{len(calls):5}  {seconds(calls):7.2f}           all"
    busy, any_call = overlapping(calls, THREADS), overlapping(calls, 1)
    yield f"at least one was under way for {any_call:.2f} s, all {THREADS} threads were busy for {busy:.2f} s"


def _remote(events: Sequence[Event]) -> Iterable[str]:
    yield ""
    yield "Calls  seconds  to other machines"
    for kind in ("ssh", "http"):
        hosts = Counter[str]()
        took: dict[str, float] = defaultdict(float)
        for each in (one for one in events if one.kind == kind):
            word = each.name.split(" ")[1]
            host = word if kind == "ssh" else urlsplit(word).netloc or word
            hosts[host] += 1
            took[host] += each.took
        for host, count in hosts.most_common():
            yield f"{count:5}  {took[host]:7.2f}  {kind} {host}"


def _path(total: float, steps: Sequence[Step]) -> Iterable[str]:
    length = sum(each.seconds for each in steps)
    yield ""
    yield "Seconds  resource on the critical path"
    for each in steps:
        if each.seconds >= SHOWN:
            yield f"{each.seconds:7.2f}  {each.name}"
    if length:
        yield f"{length:7.2f}  together; the whole run took {total / length:.2f} times as long"
