"""What must be there once only: VMIDs, names, addresses, and the host names that DNS answers for."""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from phoenix.model.checks.label_names import place
from phoenix.model.checks.labels import told
from phoenix.model.cluster import ClusterFile
from phoenix.model.document import Loc
from phoenix.model.draft import Draft
from phoenix.model.guest import LxcGuest, TraefikService, VmGuest
from phoenix.model.located import Located
from phoenix.model.member import Role
from phoenix.model.problem import Problem
from phoenix.model.traefik.of_guest import rule_of
from phoenix.model.traefik.rule import Matcher, Rule

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


@dataclass(frozen=True)
class _Claim:
    """Something that wants a host name: its owner, the rule that shares it with others, and where it stands.

    `router` is that of a stack's labels; a guest's is called after its service.
    """

    fqdn: str
    owner: Hashable
    place: str
    problem: Callable[[str], Problem]
    rule: Rule | None = None
    router: str = ""

    def spares(self, other: "_Claim") -> bool:
        """Whether both can have the name: rules that differ share it, and equal routers are one.

        Two guests cannot: their routers would have one name, too.
        """
        if self.owner == other.owner:
            return True
        if self.rule is None or other.rule is None or not (self.router or other.router):
            return False
        return self.rule != other.rule or self.router == other.router


def host_names(draft: Draft, cluster: Located[ClusterFile]) -> Iterator[Problem]:
    """One host name for two things; a guest's service may be called like the guest itself."""
    claims: dict[str, list[_Claim]] = {}
    for claim in _claims(draft, cluster):
        others = claims.setdefault(claim.fqdn, [])
        taken = next((each for each in others if not claim.spares(each)), None)
        if taken is not None:
            yield claim.problem(f"a host name once, or rules that differ; {taken.place} has it already")
        others.append(claim)


def _claims(draft: Draft, cluster: Located[ClusterFile]) -> Iterator[_Claim]:
    fqdn = cluster.item.node.fqdn
    # two guests with one name are told by `names`, so that their owner here is the name itself
    for guest in draft.guests:
        if all(fqdn(service.name) != fqdn(guest.item.host_name) for _, service in guest.item.services):
            tell = partial(_told, guest, ("name",), guest.item.host_name)
            yield _Claim(fqdn(guest.item.host_name), guest.item.host_name, guest.place("name"), tell)
    for guest in draft.guests:
        for at_service, service in guest.item.services:
            name, loc = fqdn(service.name), (*at_service, "name")
            owner: Hashable = guest.item.host_name if name == fqdn(guest.item.host_name) else guest.item.vmid
            rule = None if service.direct or Role.GATEWAY in guest.item.roles else _rule(service, name)
            tell = partial(_told, guest, loc, service.name)
            yield _Claim(name, owner, guest.place(*loc), tell, rule)
    for stack, environment, router in draft.routers:
        for host in router.hosts:
            label, owner = router.labels["rule"], ("stack", stack.item.name, environment)
            say = partial(told, draft, stack, label, value=host)
            yield _Claim(host, owner, place(draft, stack, label), say, router.parsed, router.name)
    for index, record in enumerate(cluster.item.dns.records):
        at = ("dns", "records", index, "name")
        yield _Claim(fqdn(record.name), ("record", index), cluster.place(*at), partial(_told, cluster, at, record.name))


def _rule(service: TraefikService, host: str) -> Rule:
    try:
        return rule_of(service, host)
    except ValueError:
        # another check tells it
        return Matcher("Host", (host,))


def _told(part: Located[object], loc: Loc, value: str, allowed: str) -> Problem:
    return part.problem(*loc, value=value, allowed=allowed)


CHECKS = (vmids, names, addresses, macs)
CLUSTER_CHECKS = (host_names,)
