"""What the checks over the whole cluster look at: every part that could be read, with the place it stands at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from phoenix.model.certificate import Certificate
from phoenix.model.cluster import ClusterFile
from phoenix.model.deployed import entries
from phoenix.model.document import Document, Loc
from phoenix.model.feature import Feature
from phoenix.model.guest import LxcGuest, VmGuest
from phoenix.model.in_environment import InEnvironment, in_environment
from phoenix.model.located import Located
from phoenix.model.stack import Stack
from phoenix.model.stack_labels import Labelled, labelled_of, routers_of
from phoenix.model.traefik.of_router import Router


class Part(StrEnum):
    """Kinds of parts, for what is only known when all of a kind could be read."""

    GUESTS = "guests"
    CERTIFICATES = "certificates"
    STACKS = "stacks"


@dataclass(frozen=True)
class Listing:
    """A guest, the place in it that lists a stack, and the stack with the name of an environment, which it may lack."""

    guest: Located[VmGuest]
    loc: Loc
    stack: Located[Stack]
    environment: str

    @property
    def has_environment(self) -> bool:
        """Whether the stack has it."""
        return self.environment in self.stack.item.environments


@dataclass(frozen=True)
class Draft:
    """Everything that was read. A part whose shape is wrong is not here, but `broken` says that there was one."""

    environment: str
    guests_folder: str = "guests"
    guests: tuple[Located[LxcGuest | VmGuest], ...] = ()
    certificates: tuple[Located[Certificate], ...] = ()
    stacks: tuple[Located[Stack], ...] = ()
    compose: Mapping[str, Document] = field(default_factory=dict)
    """The compose file's document by the stack's name."""
    cluster: Located[ClusterFile] | None = None
    broken: frozenset[Part] = frozenset()
    broken_vmids: frozenset[int] = frozenset()
    """VMIDs of guest files whose shape is wrong, so that references to them are not called unknown."""
    broken_stacks: frozenset[str] = frozenset()

    @cached_property
    def vmids(self) -> frozenset[int]:
        """Every VMID that a guest file exists for."""
        return frozenset(each.item.vmid for each in self.guests) | self.broken_vmids

    @cached_property
    def machines(self) -> tuple[Located[VmGuest], ...]:
        """Every virtual machine."""
        return tuple(
            Located(each.item, each.document, each.prefix) for each in self.guests if isinstance(each.item, VmGuest)
        )

    @cached_property
    def containers(self) -> tuple[Located[LxcGuest], ...]:
        """Every container."""
        return tuple(
            Located(each.item, each.document, each.prefix) for each in self.guests if isinstance(each.item, LxcGuest)
        )

    def features(self, guest: LxcGuest | VmGuest) -> tuple[Feature, ...] | None:
        """The guest's features and those of the guests that it is cloned from; None when one of those is not here."""
        found = list(guest.features)
        seen = {guest.vmid}
        while (source := guest.source.clone) is not None and source not in seen:
            known = self.guest(source)
            if known is None:
                return None
            guest = known
            seen.add(guest.vmid)
            found += guest.features
        return tuple(found)

    def guest(self, vmid: int) -> LxcGuest | VmGuest | None:
        """The first guest with this VMID, if it could be read."""
        return self._guests.get(vmid)

    def stack(self, name: str) -> Located[Stack] | None:
        """The stack with this name, if it could be read."""
        return self._stacks.get(name)

    @cached_property
    def in_environments(self) -> tuple[InEnvironment, ...]:
        """Every stack in every environment whose variables can be filled in; of others, other checks tell."""
        found = (
            in_environment(stack, self.compose[stack.item.name], name, environment)
            for stack in self.stacks
            for name, environment in stack.item.environments.items()
        )
        return tuple(each for each in found if each is not None)

    def in_environment(self, stack: str, environment: str) -> InEnvironment | None:
        """The stack in this one, if it is among `in_environments`."""
        return self._in_environments.get((stack, environment))

    @cached_property
    def labelled(self) -> Mapping[tuple[str, str], Mapping[str, Labelled]]:
        """Traefik's labels of services and what they ask for, by the stack's name and its environment's."""
        return {
            (stack.item.name, environment): labelled_of(stack.item, environment)
            for stack in self.stacks
            for environment in stack.item.environments
        }

    @cached_property
    def listings(self) -> tuple[Listing, ...]:
        """Every stack that a guest lists and that could be read."""
        return tuple(
            Listing(guest, each.loc, stack, each.environment)
            for guest in self.machines
            for each in entries(guest.item, self.environment)
            if (stack := self.stack(each.stack)) is not None
        )

    @cached_property
    def routers(self) -> tuple[tuple[Located[Stack], str, Router], ...]:
        """Every router that labels ask for: of a stack in the environments that guests list it in, or in this run's."""
        listed = [(each.stack.item.name, each.environment) for each in self.listings]
        others = {each.item.name for each in self.stacks} - {name for name, _ in listed}
        chosen = dict.fromkeys((*listed, *((name, self.environment) for name in sorted(others))))
        return tuple(
            (stack, environment, router)
            for stack in self.stacks
            for name, environment in chosen
            if name == stack.item.name
            for router in routers_of(self.labelled.get((name, environment), {}))
        )

    @cached_property
    def _in_environments(self) -> Mapping[tuple[str, str], InEnvironment]:
        return {(each.stack.item.name, each.name): each for each in self.in_environments}

    @cached_property
    def _guests(self) -> Mapping[int, LxcGuest | VmGuest]:
        return {each.item.vmid: each.item for each in reversed(self.guests)}

    @cached_property
    def _stacks(self) -> Mapping[str, Located[Stack]]:
        return {each.item.name: each for each in self.stacks}
