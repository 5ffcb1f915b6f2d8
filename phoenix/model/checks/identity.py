"""What must be there once only: VMIDs, names, addresses, and the host names that DNS answers for."""

from collections.abc import Callable, Hashable, Iterator
from typing import TypeAlias

from phoenix.model.cluster import ClusterFile
from phoenix.model.document import Loc
from phoenix.model.draft import Draft
from phoenix.model.guest import LxcGuest, VmGuest
from phoenix.model.located import Located
from phoenix.model.problem import Problem

_Guest: TypeAlias = LxcGuest | VmGuest


def _unique(draft: Draft, what: str, loc: Loc, key: Callable[[_Guest], Hashable | None]) -> Iterator[Problem]:
    first: dict[Hashable, Located[_Guest]] = {}
    for each in draft.guests:
        value = key(each.item)
        if value is None:
            continue
        if value in first:
            yield each.problem(*loc, allowed=f"{what} once; {first[value].place(*loc)} has it already")
        first.setdefault(value, each)


def vmids(draft: Draft) -> Iterator[Problem]:
    """Two guests with one VMID."""
    yield from _unique(draft, "a VMID", ("vmid",), lambda guest: guest.vmid)


def names(draft: Draft) -> Iterator[Problem]:
    """Two guests with one name; DNS does not tell capitals."""
    yield from _unique(draft, "a name", ("name",), lambda guest: guest.host_name)


def addresses(draft: Draft) -> Iterator[Problem]:
    """Two guests with one IP address."""
    yield from _unique(draft, "an address", ("network", "address"), lambda guest: guest.ip)


def macs(draft: Draft) -> Iterator[Problem]:
    """Two guests with one MAC address."""
    yield from _unique(draft, "a MAC address", ("network", "mac"), lambda guest: guest.network.mac)


def host_names(draft: Draft, cluster: Located[ClusterFile]) -> Iterator[Problem]:
    """One host name for two things; a guest's service may be called like the guest itself."""
    first: dict[str, tuple[Hashable, str]] = {}
    for name, owner, part, loc in _host_names(draft, cluster):
        fqdn = cluster.item.node.fqdn(name)
        if fqdn in first and first[fqdn][0] != owner:
            yield part.problem(*loc, value=name, allowed=f"a host name once; {first[fqdn][1]} has it already")
        first.setdefault(fqdn, (owner, part.place(*loc)))


def _host_names(
    draft: Draft, cluster: Located[ClusterFile]
) -> Iterator[tuple[str, Hashable, Located[object], tuple[str | int, ...]]]:
    # two guests with one name are told by `names`, so that their owner here is the name itself
    for guest in draft.guests:
        yield guest.item.host_name, guest.item.host_name, guest, ("name",)
    for guest in draft.guests:
        if service := guest.item.traefik_service:
            owner: Hashable = guest.item.host_name if service.name == guest.item.host_name else guest.item.vmid
            yield service.name, owner, guest, ("traefik_service", "name")
    for stack in draft.stacks:
        environment = stack.item.environments.get(draft.environment)
        for service_name, index, host in environment.host_labels() if environment else ():
            loc = ("environments", draft.environment, "services", service_name, "traefik_labels", index)
            yield host, ("stack", stack.item.name), stack, loc
    for index, record in enumerate(cluster.item.dns.records):
        yield record.name, ("record", index), cluster, ("dns", "records", index, "name")


CHECKS = (vmids, names, addresses, macs)
CLUSTER_CHECKS = (host_names,)
