"""Names in the Traefik labels of all deployed stacks together: Traefik knows one thing of a name."""

from collections.abc import Callable, Iterator
from functools import partial

from phoenix.model.checks.labels import told
from phoenix.model.checks.stacks import listed
from phoenix.model.cluster import ClusterFile
from phoenix.model.draft import Draft, Part
from phoenix.model.guest import LxcGuest, VmGuest
from phoenix.model.located import Located
from phoenix.model.member import Role
from phoenix.model.problem import Problem
from phoenix.model.stack import Stack
from phoenix.model.traefik.asked import Asked
from phoenix.model.traefik.label import Label
from phoenix.model.traefik.of_guest import middlewares_of
from phoenix.model.traefik.of_middleware import Middleware
from phoenix.model.traefik.own import BRIDGE_RESTART, DASHBOARD, INTERNAL_SERVICES
from phoenix.model.traefik.references import Reference
from phoenix.model.traefik.rule import Matcher


def once(draft: Draft) -> Iterator[Problem]:
    """A name that two services define differently, or that is the product's own."""
    first: dict[tuple[str, str], tuple[object, str]] = {}
    own = _own(draft)
    for stack, found in _deployed(draft):
        for kind, name, definition, label in _definitions(found):
            if name in own[kind]:
                yield told(
                    draft, stack, label, f"another name than {name}: the {kind} of that name is {own[kind][name]}"
                )
            elif (kind, name) in first and first[kind, name][0] != definition:
                allowed = (
                    f"a name once for a {kind}, or twice the same; {first[kind, name][1]} says otherwise of {name}"
                )
                yield told(draft, stack, label, allowed)
            first.setdefault((kind, name), (definition, place(draft, stack, label)))


def known(draft: Draft) -> Iterator[Problem]:
    """A middleware or a service that nobody defines: Traefik would not serve the router."""
    deployed = [*_deployed(draft)]
    names: dict[str, set[str]] = {kind: set(own) for kind, own in _own(draft).items()}
    names["service"] |= set(INTERNAL_SERVICES)
    for _, found in deployed:
        for kind, name, _, _ in _definitions(found):
            names[kind].add(name)
    # what others define may be among what was not understood
    if draft.broken & {Part.STACKS, Part.GUESTS} or any(each is None or each.wrong for _, each in _every(draft)):
        return
    for stack, found in deployed:
        for each in _references(found):
            if each.name not in names[each.kind]:
                yield told(draft, stack, each.label, _UNKNOWN.format(each))
    for guest, middleware in _guests_middlewares(draft):
        for each in middleware.references:
            if each.name not in names[each.kind]:
                yield guest.problem(*each.label.loc, allowed=_UNKNOWN.format(each))


_UNKNOWN = "a {0.kind} that a guest or labels of a deployed stack define; none defines {0.name}"


def endless(draft: Draft) -> Iterator[Problem]:
    """A chain of middlewares that comes back to itself."""
    found: list[tuple[Callable[[Label, str], Problem], Middleware]]
    found = [(partial(told, draft, stack), each) for stack, one in _deployed(draft) for each in one.middlewares]
    found += [(partial(_told, guest), each) for guest, each in _guests_middlewares(draft)]
    below = {each.name: {one.name for one in each.references if one.kind == "middleware"} for _, each in found}
    for tell, each in found:
        seen: set[str] = set()
        todo = set(below[each.name])
        while todo:
            name = todo.pop()
            seen.add(name)
            todo |= below.get(name, set()) - seen
        if each.name in seen:
            yield tell(each.references[0].label, f"a chain that does not come back to {each.name}")


def own_hosts(draft: Draft, cluster: Located[ClusterFile]) -> Iterator[Problem]:
    """The host of the node, or every request for that of Traefik's own pages."""
    fqdn = cluster.item.node.fqdn
    node, pages = fqdn(cluster.item.node.name), Matcher("Host", (fqdn("traefik"),))
    for stack, found in _deployed(draft):
        for router in found.routers:
            if node in router.hosts or router.parsed == pages:
                allowed = "another host, or a rule with more than it: the product itself answers for this one"
                yield told(draft, stack, router.labels["rule"], allowed)


def place(draft: Draft, stack: Located[Stack], label: Label) -> str:
    """`stacks/x/stack.yaml:7`, to refer to from another problem."""
    if label.in_compose:
        document = draft.compose[stack.item.name]
        return str(document.at(label.loc))
    return stack.place(*label.loc)


def _guests_middlewares(draft: Draft) -> Iterator[tuple[Located[LxcGuest | VmGuest], Middleware]]:
    for guest in draft.guests:
        for loc, service in guest.item.services:
            yield from ((guest, each) for each in middlewares_of(service, loc, []))


def _told(guest: Located[LxcGuest | VmGuest], label: Label, allowed: str) -> Problem:
    return guest.problem(*label.loc, allowed=allowed)


def _deployed(draft: Draft) -> Iterator[tuple[Located[Stack], Asked]]:
    yield from ((stack, found) for stack, found in _every(draft) if found is not None)


def _every(draft: Draft) -> Iterator[tuple[Located[Stack], Asked | None]]:
    """What each service of the deployed stacks asks for, None where a variable is left."""
    for _, _, stack in listed(draft):
        if draft.environment in stack.item.environments:
            for each in draft.labelled[stack.item.name, draft.environment].values():
                yield stack, None if each.is_open else each.asked


def _own(draft: Draft) -> dict[str, dict[str, str]]:
    """Names that are taken before any label, each with its owner."""
    guests = {
        service.route: guest.place(*loc, "name")
        for guest in draft.guests
        for loc, service in guest.item.services
        if not service.direct and Role.GATEWAY not in guest.item.roles
    }
    middlewares = {each.name: guest.place(*each.first.loc) for guest, each in _guests_middlewares(draft)}
    product = "the product's own"
    return {
        "router": {**guests, DASHBOARD: product},
        "service": guests,
        "middleware": {**middlewares, BRIDGE_RESTART: product},
    }


def _definitions(found: Asked) -> Iterator[tuple[str, str, object, Label]]:
    for router in found.routers:
        yield "router", router.name, router.definition, router.labels["rule"]
    for service in found.services:
        yield "service", service.name, service.definition, service.first
    for middleware in found.middlewares:
        yield "middleware", middleware.name, middleware.definition, middleware.first


def _references(found: Asked) -> Iterator[Reference]:
    for router in found.routers:
        if "service" in router.labels:
            yield Reference("service", router.service, router.labels["service"])
        for name in router.middlewares:
            yield Reference("middleware", name, router.labels["middlewares"])
    for middleware in found.middlewares:
        yield from middleware.references


CHECKS = (once, known, endless)
CLUSTER_CHECKS = (own_hosts,)
