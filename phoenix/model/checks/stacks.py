"""Stacks and the guests that list them."""

from collections.abc import Iterator

from phoenix.model.draft import Draft
from phoenix.model.guest import VmGuest
from phoenix.model.located import Located
from phoenix.model.member import PortainerRole
from phoenix.model.problem import Problem
from phoenix.model.stack import DeployedBy, Stack


def listed(draft: Draft) -> Iterator[tuple[Located[VmGuest], int, Located[Stack]]]:
    """Each guest, the index in its `docker_stacks`, and the stack there that could be read."""
    for guest in draft.machines:
        for index, name in enumerate(guest.item.docker_stacks):
            stack = draft.stack(name)
            if stack is not None:
                yield guest, index, stack


def known(draft: Draft) -> Iterator[Problem]:
    """A stack without a folder."""
    for guest in draft.machines:
        for index, name in enumerate(guest.item.docker_stacks):
            if draft.stack(name) is None and name not in draft.broken_stacks:
                names = ", ".join(each.item.name for each in draft.stacks) or "none"
                yield guest.problem("docker_stacks", index, allowed=f"a folder of stacks/: {names}")


def listed_once(draft: Draft) -> Iterator[Problem]:
    """A stack that two guests list: the Swarm knows one service of a name."""
    first: dict[str, str] = {}
    for guest, index, stack in listed(draft):
        name, place = stack.item.name, guest.place("docker_stacks", index)
        if name in first:
            yield guest.problem("docker_stacks", index, allowed=f"a stack once; {first[name]} lists it already")
        first.setdefault(name, place)


def swarm_role(draft: Draft) -> Iterator[Problem]:
    """Stacks on a guest that is no member of the Swarm."""
    for guest in draft.machines:
        if guest.item.docker_stacks and guest.item.swarm is None:
            yield guest.problem("docker_stacks", allowed="only with a role in the Swarm: give the guest swarm")


def environment(draft: Draft) -> Iterator[Problem]:
    """A deployed stack that lacks the environment of this run."""
    for _, _, stack in listed(draft):
        if draft.environment not in stack.item.environments:
            names = ", ".join(stack.item.environments)
            yield stack.problem(
                "environments", value=draft.environment, allowed=f"the environment must be one of the stack's: {names}"
            )


def portainer_environment(draft: Draft) -> Iterator[Problem]:
    """A stack that Portainer deploys, on a guest that is no environment of Portainer."""
    for guest, index, stack in listed(draft):
        role = guest.item.portainer.role if guest.item.portainer else None
        if stack.item.deployed_by is DeployedBy.PORTAINER and role is not PortainerRole.AGENT:
            allowed = "Portainer deploys it through an agent: the guest needs portainer with role agent"
            yield guest.problem("docker_stacks", index, allowed=allowed)


CHECKS = (known, listed_once, swarm_role, environment, portainer_environment)
