"""Certificates for guests, files and users that do not exist, or that others have already."""

from collections.abc import Iterator

from phoenix.features import docker
from phoenix.features.registry import FEATURES
from phoenix.model.certificate import Certificate
from phoenix.model.draft import Draft
from phoenix.model.guest import LxcGuest, VmGuest
from phoenix.model.located import Located
from phoenix.model.member import SwarmRole
from phoenix.model.problem import Problem


def guests(draft: Draft) -> Iterator[Problem]:
    """A certificate for a guest that does not exist or never runs, or that gets it twice."""
    stopped = {each.item.vmid for each in draft.guests if not each.item.running}
    for each in draft.certificates:
        first: dict[int, str] = {}
        for index, entry in enumerate(each.item.distribution):
            if entry.guest not in draft.vmids:
                yield each.problem("distribution", index, "guest", allowed="the VMID of a guest that has a file")
            if entry.guest in stopped:
                yield each.problem("distribution", index, "guest", allowed="a guest that runs")
            if entry.guest in first:
                allowed = f"a guest once; {first[entry.guest]} has it already: let its users share the files"
                yield each.problem("distribution", index, "guest", allowed=allowed)
            first.setdefault(entry.guest, each.place("distribution", index, "guest"))


def files(draft: Draft) -> Iterator[Problem]:
    """Two files on one path of a guest; only the root certificate, always the same, may be there twice."""
    first: dict[tuple[int, str], tuple[str, bool]] = {}
    for each in draft.certificates:
        for index, entry in enumerate(each.item.distribution):
            for field, path in (("certificate", entry.certificate), ("key", entry.key), ("ca", entry.ca)):
                if path is None:
                    continue
                is_ca = field == "ca"
                place, was_ca = first.get((entry.guest, path), ("", True))
                if place and not (was_ca and is_ca):
                    yield each.problem("distribution", index, field, allowed=f"a path once; {place} has it already")
                first.setdefault((entry.guest, path), (each.place("distribution", index, field), is_ca))


def units(draft: Draft) -> Iterator[Problem]:
    """A unit to reload that no feature of the guest brings."""
    for each, index, guest in _with_guest(draft):
        reload, features = each.item.distribution[index].reload, draft.features(guest)
        if reload is None or reload.unit is None or features is None:
            continue
        units = (FEATURES[feature.name].unit_of(feature) for feature in features)
        known = tuple(dict.fromkeys(unit for unit in units if unit))
        if reload.unit.removesuffix(".service") not in known:
            brought = ", ".join(known) or "none"
            allowed = f"a unit that a feature of guest {guest.vmid} brings: {brought}; for any other give a command"
            yield each.problem("distribution", index, "reload", "unit", allowed=allowed)


def containers(draft: Draft) -> Iterator[Problem]:
    """A container to restart in a guest without Docker."""
    for each, index, guest in _with_guest(draft):
        reload, features = each.item.distribution[index].reload, draft.features(guest)
        if reload is None or reload.container is None or features is None:
            continue
        if all(feature.name != docker.FEATURE.name for feature in features):
            allowed = f"a container needs Docker: guest {guest.vmid} does not have the feature docker"
            yield each.problem("distribution", index, "reload", "container", allowed=allowed)


def services(draft: Draft) -> Iterator[Problem]:
    """A Swarm service that no stack deploys, or a guest that cannot update it."""
    deployed = {each.stack.item.name: each.stack.item.compose.get("services") for each in draft.listings}
    known = [f"{stack}/{service}" for stack, found in deployed.items() if isinstance(found, dict) for service in found]
    for each, index, guest in _with_guest(draft):
        reload = each.item.distribution[index].reload
        if reload is None or reload.service is None:
            continue
        if reload.service.partition("/")[0] not in draft.broken_stacks and reload.service not in known:
            allowed = "a service of a stack that a guest lists: " + (", ".join(known) or "none")
            yield each.problem("distribution", index, "reload", "service", allowed=allowed)
        if not (isinstance(guest, VmGuest) and guest.swarm and guest.swarm.role is SwarmRole.MANAGER):
            allowed = f"only the Swarm's manager can update a service, and guest {guest.vmid} is not it"
            yield each.problem("distribution", index, "guest", allowed=allowed)


def _with_guest(draft: Draft) -> Iterator[tuple[Located[Certificate], int, LxcGuest | VmGuest]]:
    """Each certificate, the index in its distribution, and the guest there, which runs."""
    for each in draft.certificates:
        for index, entry in enumerate(each.item.distribution):
            guest = draft.guest(entry.guest)
            if guest is not None and guest.running:
                yield each, index, guest


CHECKS = (guests, files, units, containers, services)
