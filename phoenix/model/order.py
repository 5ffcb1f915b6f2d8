"""Which guest waits for which: its clone source, its dependencies, and the authority that it trusts."""

from collections.abc import Iterable, Iterator, Mapping

from phoenix.features.registry import FEATURES
from phoenix.model.guest import LxcGuest, VmGuest
from phoenix.model.member import Role

Waiting = Mapping[int, tuple[int, ...]]
"""VMID -> VMIDs that must be complete before the guest is made, its clone source first."""


def waiting(guests: Iterable[LxcGuest | VmGuest]) -> Waiting:
    """What each of the guests waits for."""
    every = tuple(guests)
    authority = tuple(guest.vmid for guest in every if Role.CA in guest.roles)
    return {guest.vmid: _waits_for(guest, authority) for guest in every}


def _waits_for(guest: LxcGuest | VmGuest, authority: tuple[int, ...]) -> tuple[int, ...]:
    source = () if guest.source.clone is None else (guest.source.clone,)
    return tuple(dict.fromkeys((*source, *guest.depends_on, *(authority if trusts(guest) is not None else ()))))


def trusts(guest: LxcGuest | VmGuest) -> int | None:
    """Index of the guest's first feature that is made from the authority's root, None when it has none."""
    return next((n for n, each in enumerate(guest.features) if FEATURES[each.name].reads_node), None)


def cycles(edges: Waiting) -> Iterator[tuple[int, ...]]:
    """Guests that wait for each other, each cycle once, from its lowest VMID on."""
    found: set[frozenset[int]] = set()
    for start in sorted(edges):
        path = _way_back(edges, start)
        if path and frozenset(path) not in found and start == min(path):
            found.add(frozenset(path))
            yield path


def _way_back(edges: Waiting, start: int) -> tuple[int, ...]:
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
