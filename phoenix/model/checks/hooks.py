"""Hooks that would never run, or in a guest that nobody knows."""

from collections.abc import Iterator

from phoenix.model.cluster import ClusterFile
from phoenix.model.document import Loc
from phoenix.model.draft import Draft
from phoenix.model.hook import Hook, HookEvent, HookPlace
from phoenix.model.located import Located
from phoenix.model.problem import Problem

_OF_GUEST = (HookEvent.CREATE, HookEvent.CHANGE)


def hooks(draft: Draft, cluster: Located[ClusterFile]) -> Iterator[Problem]:
    """An event that its owner does not have, a guest that is missing, unknown or stopped, a name given twice."""
    stopped = {guest.item.vmid for guest in draft.guests if not guest.item.running}
    for part, owned, events, own_guest in _owners(draft, cluster):
        for index, hook in enumerate(owned):
            loc: Loc = ("hooks", index)
            if hook.after not in events:
                yield part.problem(*loc, "after", allowed="here it is " + " or ".join(events))
            if hook.name in (other.name for other in owned[:index]):
                yield part.problem(*loc, "name", allowed="each hook of its owner has its own name")
            if hook.runs_on is HookPlace.GUEST and hook.guest is None and own_guest is None:
                yield part.problem(*loc, "guest", allowed="the VMID of the guest that it runs in")
            if hook.runs_on is HookPlace.GUEST and (hook.guest or own_guest) in stopped:
                yield part.problem(*loc, "runs_on", allowed="a guest that is running; this one stays stopped")
            if hook.guest is not None and hook.runs_on is not HookPlace.GUEST:
                yield part.problem(*loc, "guest", allowed=f"only with runs_on guest, not {hook.runs_on}")
            if hook.guest is not None and hook.guest not in draft.vmids:
                yield part.problem(*loc, "guest", allowed="the VMID of a guest that has a file")


def _owners(
    draft: Draft, cluster: Located[ClusterFile]
) -> Iterator[tuple[Located[object], tuple[Hook, ...], tuple[HookEvent, ...], int | None]]:
    yield cluster, cluster.item.hooks, (HookEvent.UP,), None
    for guest in draft.guests:
        yield guest, guest.item.hooks, _OF_GUEST, guest.item.vmid
    for certificate in draft.certificates:
        yield certificate, certificate.item.hooks, (HookEvent.RENEWAL,), None


CLUSTER_CHECKS = (hooks,)
