"""In which order guests are made."""

import heapq
from graphlib import TopologicalSorter

from phoenix.model import Cluster
from phoenix.model.order import waiting


def creation_order(cluster: Cluster) -> tuple[int, ...]:
    """VMIDs such that each stands behind everything that it waits for; ties go by boot order, then VMID.

    The checks refuse guests that wait for each other.
    """
    sorter = TopologicalSorter(waiting(cluster.guests))
    sorter.prepare()
    places = {guest.vmid: (guest.boot.order if guest.boot else 0, guest.vmid) for guest in cluster.guests}
    ready: list[tuple[int, int]] = []
    done: list[int] = []
    while sorter.is_active():
        for vmid in sorter.get_ready():
            heapq.heappush(ready, places[vmid])
        _, vmid = heapq.heappop(ready)
        done.append(vmid)
        sorter.done(vmid)
    return tuple(done)
