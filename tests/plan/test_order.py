"""The guests' order: each behind everything that it waits for, whatever the dependencies are."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix.features.trusted_ca import TrustedCa
from phoenix.model import Boot, Cluster, Source
from phoenix.model.order import Waiting, waiting
from phoenix.plan import order
from tests.plan.reference import reference

WAITS: dict[int, tuple[int, ...]] = {
    900: (),
    9000: (),
    103: (900,),
    101: (900, 103),
    102: (900, 103),
    1001: (9000, 102, 103),
    1002: (9000, 1001, 103),
    901: (900, 1002),
    910: (901,),
    911: (901,),
    912: (901,),
    801: (911, 1002),
    802: (911, 1002),
    914: (901, 1002),
    917: (901, 1002),
}


def waits(cluster: Cluster) -> Waiting:
    return waiting(cluster.guests)


@pytest.mark.parametrize("vmid", WAITS)
def test_what_each_guest_waits_for(vmid: int) -> None:
    assert waits(reference())[vmid] == WAITS[vmid]


def test_the_reference_clusters_order() -> None:
    """By boot order where the dependencies leave a choice; dependencies go first."""
    found = order.creation_order(reference())
    assert found == (900, 9000, 103, 101, 102, 1001, 1002, 901, 910, 911, 912, 801, 802, 914, 917)


def graph(edges: dict[int, tuple[int, ...]], boots: dict[int, int], trusting: frozenset[int]) -> Cluster:
    """The reference cluster's guests with other dependencies, boot orders and features."""
    trust = (TrustedCa(name="trusted_ca"),)

    def changes(vmid: int) -> dict[str, Any]:
        return {
            "source": Source(template="local:vztmpl/x.tar"),
            "depends_on": edges[vmid],
            "boot": Boot(order=boots[vmid]),
            "features": trust if vmid in trusting else (),
        }

    guests = tuple(each.model_copy(update=changes(each.vmid)) for each in reference().guests)
    return reference().model_copy(update={"guests": guests})


VMIDS = [guest.vmid for guest in reference().guests]


@st.composite
def graphs(draw: st.DrawFn) -> Cluster:
    """Any acyclic dependencies; only guests behind the authority trust it, as in a valid configuration."""
    line = draw(st.permutations(VMIDS))
    edges = {
        vmid: tuple(draw(st.sets(st.sampled_from(line[:index]), max_size=4))) if index else ()
        for index, vmid in enumerate(line)
    }
    boots = draw(st.fixed_dictionaries({vmid: st.integers(0, 3) for vmid in VMIDS}))
    behind = line[line.index(103) + 1 :]
    return graph(edges, boots, draw(st.frozensets(st.sampled_from(behind)) if behind else st.just(frozenset())))


@given(graphs())
def test_each_guest_stands_behind_what_it_waits_for(cluster: Cluster) -> None:
    found, awaited = order.creation_order(cluster), waits(cluster)
    assert sorted(found) == sorted(VMIDS)
    for index, vmid in enumerate(found):
        assert set(awaited[vmid]) <= set(found[:index])


@given(graphs())
def test_ties_go_by_boot_order_and_vmid(cluster: Cluster) -> None:
    """Of two neighbours the second comes first only when it waits for the first."""
    awaited = waits(cluster)
    for first, second in pairwise(order.creation_order(cluster)):
        keys = [(cluster.guest(vmid).boot.order, vmid) for vmid in (first, second)]  # type: ignore[union-attr]
        assert keys[0] < keys[1] or first in awaited[second]


@given(graphs(), st.randoms())
def test_the_order_of_the_files_does_not_matter(cluster: Cluster, random: Any) -> None:
    shuffled = list(cluster.guests)
    random.shuffle(shuffled)
    again = cluster.model_copy(update={"guests": tuple(shuffled)})
    assert order.creation_order(again) == order.creation_order(cluster)
