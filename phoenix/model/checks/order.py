"""What guests are made from and wait for: it must exist, fit, and lead nowhere back."""

from collections.abc import Iterator

from phoenix.model.draft import Draft, Located
from phoenix.model.guest import LxcGuest, VmGuest
from phoenix.model.problem import Problem


def sources(draft: Draft) -> Iterator[Problem]:
    """A clone of a guest that does not exist, is of the other type, is larger, or is privileged otherwise."""
    by_vmid = {each.item.vmid: each.item for each in draft.guests}
    for each in draft.guests:
        guest, clone = each.item, each.item.source.clone
        if clone is None:
            continue
        if clone not in draft.vmids:
            yield each.problem("source", "clone", allowed="the VMID of a guest that has a file")
        if clone not in by_vmid:
            continue
        source = by_vmid[clone]
        if source.type != guest.type:
            yield each.problem("source", "clone", allowed=f"a guest of the same type; {clone} is of type {source.type}")
        if guest.disk_gb < source.disk_gb:
            yield each.problem(
                "disk_gb", allowed=f"at least the {source.disk_gb} of its source {clone}: a disk only grows"
            )
        if isinstance(guest, LxcGuest) and isinstance(source, LxcGuest) and guest.unprivileged != source.unprivileged:
            yield each.problem("unprivileged", value=guest.unprivileged, allowed=f"as its source {clone} has it")


def dependencies(draft: Draft) -> Iterator[Problem]:
    """A dependency on a guest that does not exist, or named twice."""
    for each in draft.guests:
        for index, vmid in enumerate(each.item.depends_on):
            if vmid not in draft.vmids:
                yield each.problem("depends_on", index, allowed="the VMID of a guest that has a file")
            if vmid in each.item.depends_on[:index]:
                yield each.problem("depends_on", index, allowed="each guest once")


def cycles(draft: Draft) -> Iterator[Problem]:
    """Guests that wait for each other, by clone source or dependency; told once a cycle, at its lowest VMID."""
    located = {each.item.vmid: each for each in draft.guests}
    edges = {vmid: _waits_for(each.item) for vmid, each in located.items()}
    told: set[frozenset[int]] = set()
    for start in sorted(edges):
        path = _way_back(edges, start)
        if path and frozenset(path) not in told and start == min(path):
            told.add(frozenset(path))
            text = " -> ".join(str(vmid) for vmid in (*path, start))
            yield _blame(located[start], path, text)


def _waits_for(guest: LxcGuest | VmGuest) -> tuple[int, ...]:
    clone = guest.source.clone
    return guest.depends_on if clone is None else (clone, *guest.depends_on)


def _way_back(edges: dict[int, tuple[int, ...]], start: int) -> tuple[int, ...]:
    """The shortest way from `start` to itself, without the last step; empty when there is none."""
    ways: list[tuple[int, ...]] = [(start,)]
    seen: set[int] = set()
    for way in ways:
        for following in edges.get(way[-1], ()):
            if following == start:
                return way
            if following not in seen:
                seen.add(following)
                ways.append((*way, following))
    return ()


def _blame(each: Located[LxcGuest | VmGuest], path: tuple[int, ...], text: str) -> Problem:
    following = path[1] if len(path) > 1 else path[0]
    loc: tuple[str | int, ...] = ("source", "clone")
    if each.item.source.clone != following:
        loc = ("depends_on", each.item.depends_on.index(following))
    return each.problem(*loc, value=text, allowed="no guest waits for itself")


CHECKS = (sources, dependencies, cycles)
