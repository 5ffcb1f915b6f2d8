"""Which guest waits for which: its clone source and its dependencies."""

from phoenix.errors import PhoenixError
from phoenix.features.registry import FEATURES
from phoenix.model import Cluster


class OrderError(PhoenixError):
    """Guests wait for each other."""


def waits_for(cluster: Cluster, vmid: int) -> tuple[int, ...]:
    """VMIDs that must be complete before the guest is made: its clone source first, then `depends_on`.

    A guest with a feature that reads the CA's root also waits for the guest that is the CA.
    """
    guest = cluster.guest(vmid)
    source = () if guest.source.clone is None else (guest.source.clone,)
    reads_root = any(FEATURES[each.name].reads_node for each in guest.features)
    authority = (cluster.ca_guest.vmid,) if reads_root else ()
    return tuple(dict.fromkeys((*source, *guest.depends_on, *authority)))


def creation_order(cluster: Cluster) -> tuple[int, ...]:
    """VMIDs such that each stands behind everything that it waits for; ties go by boot order, then VMID.

    Raises OrderError for a cycle: the model refuses those of clone sources and dependencies, but the authority's own
    sources may not trust it.
    """
    done: list[int] = []
    waiting = {guest.vmid: guest for guest in cluster.guests}
    while waiting:
        ready = [vmid for vmid in waiting if all(each in done for each in waits_for(cluster, vmid))]
        ready.sort(key=lambda vmid: (boot.order if (boot := waiting[vmid].boot) else 0, vmid))
        if not ready:
            stuck = ", ".join(map(str, sorted(waiting)))
            reading = " and ".join(name for name, feature in FEATURES.items() if feature.reads_node)
            raise OrderError(
                f"guests {stuck} wait for each other\n"
                f"  next: take {reading} from guest {cluster.ca_guest.vmid}, which is the authority, "
                "and from whatever it is made from or depends on"
            )
        done.append(ready[0])
        del waiting[ready[0]]
    return tuple(done)
