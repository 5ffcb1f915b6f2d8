"""What guests are made from and wait for: it must exist, fit, and lead nowhere back."""

from collections.abc import Iterator

from phoenix.model import order
from phoenix.model.document import Loc
from phoenix.model.draft import Draft
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


def copied(draft: Draft) -> Iterator[Problem]:
    """A directory of the node in a container that is frozen by a snapshot, or that others are cloned from.

    PVE::LXC::Config, has_feature, and PVE::API2::LXC, clone_vm: they know volumes of a storage alone.
    """
    sources = {each.item.source.clone: each.item.vmid for each in reversed(draft.guests)}
    for each in draft.containers:
        guest = each.item
        if guest.vmid in sources:
            why = f"guest {sources[guest.vmid]} is cloned from this one"
        elif guest.template:
            why = "a template is frozen by a snapshot"
        else:
            continue
        for index in range(len(guest.mounts)):
            allowed = f"no mount: {why}, and Proxmox copies no directory of the node; mount it in the clones"
            yield each.problem("mounts", index, "host_path", allowed=allowed)


def dependencies(draft: Draft) -> Iterator[Problem]:
    """A dependency on a guest that does not exist, or named twice."""
    for each in draft.guests:
        for index, vmid in enumerate(each.item.depends_on):
            if vmid not in draft.vmids:
                yield each.problem("depends_on", index, allowed="the VMID of a guest that has a file")
            if vmid in each.item.depends_on[:index]:
                yield each.problem("depends_on", index, allowed="each guest once")


def cycles(draft: Draft) -> Iterator[Problem]:
    """Guests that wait for each other, by clone source, dependency or trust in the authority; at its lowest VMID."""
    located = {each.item.vmid: each for each in draft.guests}
    for path in order.cycles(order.waiting(each.item for each in draft.guests)):
        following = path[1] if len(path) > 1 else path[0]
        each = located[path[0]]
        loc, allowed = _reason(each.item, following)
        text = " -> ".join(str(vmid) for vmid in (*path, path[0]))
        yield each.problem(*loc, value=text, allowed=allowed)


def _reason(guest: LxcGuest | VmGuest, following: int) -> tuple[Loc, str]:
    """Where it stands that the guest waits for the following one, and what is allowed there."""
    if guest.source.clone == following:
        return ("source", "clone"), "no guest waits for itself"
    if following in guest.depends_on:
        return ("depends_on", guest.depends_on.index(following)), "no guest waits for itself"
    allowed = "only of guests that the authority is neither made from nor depends on: they would wait for each other"
    return ("features", order.trusts(guest) or 0), allowed


CHECKS = (sources, copied, dependencies, cycles)
