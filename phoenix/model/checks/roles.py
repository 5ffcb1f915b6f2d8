"""Roles that exactly one guest holds, and what their holder needs."""

from collections.abc import Callable, Iterator
from typing import TypeAlias

from phoenix.features import docker, nginx, step_ca, traefik
from phoenix.features.feature import AnyFeature
from phoenix.model.document import Loc
from phoenix.model.draft import Draft, Part
from phoenix.model.guest import LxcGuest, VmGuest
from phoenix.model.located import Located
from phoenix.model.member import PortainerRole, Role, SwarmRole
from phoenix.model.problem import Problem

_Guest: TypeAlias = LxcGuest | VmGuest


def _holds(role: Role) -> Callable[[_Guest], bool]:
    return lambda guest: role in guest.roles


def _manages(guest: _Guest) -> bool:
    return isinstance(guest, VmGuest) and guest.swarm is not None and guest.swarm.role is SwarmRole.MANAGER


def _is_primary(guest: _Guest) -> bool:
    return isinstance(guest, VmGuest) and guest.portainer is not None and guest.portainer.role is PortainerRole.PRIMARY


def _in_swarm(guest: _Guest) -> bool:
    return isinstance(guest, VmGuest) and guest.swarm is not None


SINGLE: tuple[tuple[str, Loc, Callable[[_Guest], bool]], ...] = (
    ("the gateway", ("roles",), _holds(Role.GATEWAY)),
    ("Traefik", ("roles",), _holds(Role.TRAEFIK)),
    ("the CA", ("roles",), _holds(Role.CA)),
    ("the Swarm's manager", ("swarm", "role"), _manages),
    ("Portainer's primary", ("portainer", "role"), _is_primary),
)
"""What the role is called, the field that gives it, and who holds it."""

NEEDED: tuple[tuple[str, AnyFeature, Callable[[_Guest], bool]], ...] = (
    ("the gateway", nginx.FEATURE, _holds(Role.GATEWAY)),
    ("Traefik", traefik.FEATURE, _holds(Role.TRAEFIK)),
    ("the CA", step_ca.FEATURE, _holds(Role.CA)),
    ("a member of the Swarm", docker.FEATURE, _in_swarm),
)


def held_once(draft: Draft) -> Iterator[Problem]:
    """A role that two guests hold, or nobody."""
    for title, loc, holds in SINGLE:
        holders = [each for each in draft.guests if holds(each.item)]
        for other in holders[1:]:
            yield other.problem(*loc, allowed=f"one guest is {title}; {holders[0].place(*loc)} says so already")
        if not holders and Part.GUESTS not in draft.broken:
            yield Problem(draft.guests_folder, 1, ".".join(map(str, loc)), "", f"one guest must be {title}; none is")


def features_of_holders(draft: Draft) -> Iterator[Problem]:
    """The holder of a role without the feature that the role is made of, or one that does not run."""
    for title, feature, holds in NEEDED:
        for each in draft.guests:
            if holds(each.item) and not _inherits(draft, each, feature):
                yield each.problem("features", allowed=f"{title} needs the feature {feature.name}")
            if holds(each.item) and not each.item.running:
                yield each.problem("running", value=False, allowed=f"{title} must run")


def portainer_in_the_swarm(draft: Draft) -> Iterator[Problem]:
    """Portainer on a guest outside the Swarm that deploys it."""
    for each in draft.machines:
        if each.item.portainer and not each.item.swarm:
            yield each.problem(
                "portainer", "role", allowed="a guest of Portainer is a member of the Swarm: give it swarm"
            )


def environments(draft: Draft) -> Iterator[Problem]:
    """Two agents with one environment name."""
    first: dict[str, Located[VmGuest]] = {}
    for each in draft.machines:
        name = each.item.portainer.environment if each.item.portainer else None
        if name is not None and name in first:
            place = first[name].place("portainer", "environment")
            yield each.problem("portainer", "environment", allowed=f"an environment once; {place} has it already")
        if name is not None:
            first.setdefault(name, each)


def _inherits(draft: Draft, each: Located[_Guest], feature: AnyFeature) -> bool:
    """Whether the guest or one that it is cloned from lists the feature (one that is not here counts as yes)."""
    found = draft.features(each.item)
    return found is None or any(one.name == feature.name for one in found)


CHECKS = (held_once, features_of_holders, portainer_in_the_swarm, environments)
