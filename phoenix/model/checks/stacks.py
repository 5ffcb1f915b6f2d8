"""Stacks and the guests that list them."""

from collections.abc import Iterator
from itertools import combinations

from phoenix.model.deployed import resource_name
from phoenix.model.draft import Draft, Listing
from phoenix.model.guest.vm import StackInEnvironments
from phoenix.model.member import PortainerRole
from phoenix.model.placement import bound_directories
from phoenix.model.problem import Problem
from phoenix.model.stack import DeployedBy, deployed_name


def known(draft: Draft) -> Iterator[Problem]:
    """A stack without a folder."""
    for guest in draft.machines:
        for index, each in enumerate(guest.item.docker_stacks):
            name, loc = (each.stack, ("stack",)) if isinstance(each, StackInEnvironments) else (each, ())
            if draft.stack(name) is None and name not in draft.broken_stacks:
                names = ", ".join(each.item.name for each in draft.stacks) or "none"
                yield guest.problem("docker_stacks", index, *loc, allowed=f"a folder of stacks/: {names}")


def listed_once(draft: Draft) -> Iterator[Problem]:
    """A stack that is listed twice in one environment: the Swarm knows one service of a name."""
    first: dict[tuple[str, str], str] = {}
    for each in draft.listings:
        key, place = (each.stack.item.name, each.environment), each.guest.place(*each.loc)
        if key in first:
            yield each.guest.problem(*each.loc, allowed=f"a stack once; {first[key]} lists it already")
        first.setdefault(key, place)


def named_once(draft: Draft) -> Iterator[Problem]:
    """Two stacks that would have one name in the Swarm or among the resources, as `a-b` in `c` and `a` in `b-c`."""
    first: dict[tuple[str, str], Listing] = {}
    for each in draft.listings:
        stack = each.stack.item.name
        names = (
            ("Swarm", deployed_name(stack, each.environment)),
            ("resources", resource_name(stack, each.environment, draft.environment)),
        )
        for key in names:
            other = first.setdefault(key, each)
            if (other.stack.item.name, other.environment) != (stack, each.environment):
                allowed = f"a stack of another name: {other.guest.place(*other.loc)} is called {key[1]} already"
                yield each.guest.problem(*each.loc, allowed=allowed)
                break


def swarm_role(draft: Draft) -> Iterator[Problem]:
    """Stacks on a guest that is no member of the Swarm."""
    for guest in draft.machines:
        if guest.item.docker_stacks and guest.item.swarm is None:
            yield guest.problem("docker_stacks", allowed="only with a role in the Swarm: give the guest swarm")


def environment(draft: Draft) -> Iterator[Problem]:
    """A deployed stack that lacks the environment of this run, or one that the guest names."""
    for each in draft.listings:
        names = f"one of the stack's: {', '.join(each.stack.item.environments)}"
        if each.has_environment:
            continue
        if "environments" in each.loc:
            yield each.guest.problem(*each.loc, allowed=names)
        else:
            allowed = f"the environment must be {names}"
            yield each.stack.problem("environments", value=each.environment, allowed=allowed)


def portainer_environment(draft: Draft) -> Iterator[Problem]:
    """A stack that Portainer deploys, on a guest that is no environment of Portainer."""
    told = set()
    for each in draft.listings:
        guest, loc = each.guest, each.loc[:2]
        role = guest.item.portainer.role if guest.item.portainer else None
        if each.stack.item.deployed_by is not DeployedBy.PORTAINER or role is PortainerRole.AGENT:
            continue
        if (guest.item.vmid, loc) not in told:
            allowed = "Portainer deploys it through an agent: the guest needs portainer with role agent"
            yield guest.problem(*loc, allowed=allowed)
        told.add((guest.item.vmid, loc))


def own_data(draft: Draft) -> Iterator[Problem]:
    """One folder of data for a stack's two environments: the one would write over the other's."""
    pairs = combinations([each for each in draft.listings if each.has_environment], 2)
    for first, each in pairs:
        if first.stack is not each.stack or first.environment == each.environment:
            continue
        one_guest = first.guest.item.vmid == each.guest.item.vmid
        others = _folders(draft, first)
        shared = {
            path
            for path, everywhere in _folders(draft, each).items()
            if path in others and (one_guest or everywhere or others[path])
        }
        if shared:
            allowed = (
                f"a folder of its own for each environment: {', '.join(sorted(shared))} is also that of "
                f"{first.environment}; let a variable of the stack name it"
            )
            yield each.guest.problem(*each.loc, allowed=allowed)


def _folders(draft: Draft, listing: Listing) -> dict[str, bool]:
    """Paths of its data, and whether they are on every member of the Swarm."""
    stack = listing.stack.item
    found = draft.in_environment(stack.name, listing.environment)
    # another check tells what is wrong with a compose file
    if found is None or found.wrong:
        return {}
    return {each.path: each.everywhere for each in bound_directories(stack, stack.environments[listing.environment])}


CHECKS = (known, listed_once, named_once, swarm_role, environment, portainer_environment, own_data)
