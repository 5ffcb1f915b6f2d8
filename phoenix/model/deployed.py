"""A stack in one of its environments, as a guest lists it: each is deployed by itself."""

from collections.abc import Iterator
from dataclasses import dataclass

from phoenix.model.document import Loc
from phoenix.model.guest import LxcGuest, VmGuest
from phoenix.model.guest.vm import StackInEnvironments
from phoenix.model.stack import Stack, StackEnvironment, deployed_name


@dataclass(frozen=True)
class Entry:
    """What `docker_stacks` says: names of a stack and of an environment, and the place below the guest."""

    loc: Loc
    stack: str
    environment: str


def entries(guest: LxcGuest | VmGuest, environment: str) -> Iterator[Entry]:
    """Each stack of the guest; one that is listed by its name alone is in the environment of this run."""
    for index, each in enumerate(guest.docker_stacks if isinstance(guest, VmGuest) else ()):
        if isinstance(each, StackInEnvironments):
            for number, name in enumerate(each.environments):
                yield Entry(("docker_stacks", index, "environments", number), each.stack, name)
        else:
            yield Entry(("docker_stacks", index), each, environment)


def resource_name(stack: str, environment: str, of_run: str) -> str:
    """What a deployed stack is called among the resources: states hold that of a lone one without its environment."""
    return stack if environment == of_run else deployed_name(stack, environment)


@dataclass(frozen=True)
class Deployed:
    """A stack and the name of its environment."""

    stack: Stack
    environment_name: str
    resource: str
    """Its name among the resources."""

    @property
    def environment(self) -> StackEnvironment:
        """The environment."""
        return self.stack.environments[self.environment_name]

    @property
    def name(self) -> str:
        """Its name in the Swarm."""
        return deployed_name(self.stack.name, self.environment_name)
