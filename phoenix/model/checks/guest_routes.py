"""What guests say of their services in Traefik's words."""

from collections.abc import Iterator

from phoenix.model.cluster import ClusterFile
from phoenix.model.draft import Draft
from phoenix.model.located import Located
from phoenix.model.member import Role
from phoenix.model.problem import Problem
from phoenix.model.traefik.label import Wrong
from phoenix.model.traefik.of_guest import middlewares_of, rule_of
from phoenix.model.traefik.own import BRIDGE_RESTART


def middlewares(draft: Draft) -> Iterator[Problem]:
    """A middleware that Traefik would not make, or of a name that is taken."""
    first: dict[str, tuple[object, str]] = {BRIDGE_RESTART: (None, "the product itself")}
    for guest in draft.guests:
        wrong: list[Wrong] = []
        for each in (each for loc, service in guest.item.services for each in middlewares_of(service, loc, wrong)):
            if not (each.fields or wrong):
                wrong.append(Wrong(each.first, "a kind of middleware, with its fields"))
            if each.name in first and first[each.name][0] != each.definition:
                wrong.append(Wrong(each.first, f"a name once, or twice the same; {first[each.name][1]} has it already"))
            first.setdefault(each.name, (each.definition, guest.place(*each.first.loc)))
        yield from (guest.problem(*each.label.loc, allowed=each.allowed) for each in wrong)


def rules(draft: Draft, cluster: Located[ClusterFile]) -> Iterator[Problem]:
    """A rule that is none or names other hosts; words for Traefik of a service that it does not route."""
    for guest in draft.guests:
        for loc, service in guest.item.services:
            for field in ("rule", "path_prefix", "middlewares"):
                if getattr(service, field) and Role.GATEWAY in guest.item.roles:
                    allowed = "nothing of Traefik for the gateway itself, which answers without it"
                    yield guest.problem(*loc, field, allowed=allowed)
            try:
                rule_of(service, cluster.item.node.fqdn(service.name))
            except ValueError as error:
                field = "path_prefix" if service.path_prefix else "rule" if service.rule else "name"
                yield guest.problem(*loc, field, allowed=str(error))


def routers(draft: Draft) -> Iterator[Problem]:
    """Two services of guests that would be one router of Traefik's."""
    first: dict[str, tuple[int, str]] = {}
    for guest in draft.guests:
        for loc, service in guest.item.services:
            if not service.direct:
                owner, place = first.setdefault(service.route, (guest.item.vmid, guest.place(*loc)))
                # two guests with one host name are told by another check
                if place != guest.place(*loc) and (owner == guest.item.vmid or service.router):
                    allowed = f"another router: {place} has {service.route} already"
                    yield guest.problem(*loc, "router" if service.router else "name", allowed=allowed)


CHECKS = (middlewares, routers)
CLUSTER_CHECKS = (rules,)
