"""The roots of the certificate authority, and the way from those that it has to those that it shall have (pure).

A rotation is three runs, each complete before the next: `[1]` -> `[1, 2]` (the new one is trusted everywhere) ->
`[2, 1]` (it issues, and every certificate moves to it) -> `[2]` (the old one is forgotten).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from phoenix.errors import OperationError
from phoenix.specs.pki import AuthorityRootsSpec

NONE = 0
"""Stands for the generation that issues while intermediate and key are of none, or of two: a switch was cut short."""


@dataclass(frozen=True)
class Number:
    """Gives the CA's present root its number."""

    generation: int

    def __str__(self) -> str:
        return f"keep the present root as root {self.generation}"


@dataclass(frozen=True)
class Make:
    """Makes a new root and its intermediate, trusted by nobody yet."""

    generation: int

    def __str__(self) -> str:
        return f"make root {self.generation}"


@dataclass(frozen=True)
class Issue:
    """Lets step-ca issue from this generation."""

    generation: int

    def __str__(self) -> str:
        return f"issue from root {self.generation}"


@dataclass(frozen=True)
class Trust:
    """Writes the roots that everybody trusts, the issuing one first."""

    generations: tuple[int, ...]

    def __str__(self) -> str:
        return f"trust roots {', '.join(map(str, self.generations))}"


@dataclass(frozen=True)
class Restart:
    """Restarts step-ca, which reads its roots only then."""

    def __str__(self) -> str:
        return "restart step-ca"


RootAction = Number | Make | Issue | Trust | Restart


def plan(live: AuthorityRootsSpec | None, desired: AuthorityRootsSpec) -> Sequence[RootAction]:
    """The actions; raises OperationError for a step of the rotation that comes too early."""
    if live is None:
        raise _refused(desired, "the CA has no root yet", "set up the CA guest first (its step_ca feature)")
    first, *others = desired.roots
    if not live.roots:
        # whoever made it, the root that issues now is the one named first
        numbered: list[RootAction] = [Number(first), *(Make(other) for other in others)]
        return [*numbered, Trust(desired.roots), Restart()] if others else numbered
    if live.roots == desired.roots:
        return [Restart()] if live.restart else []
    _refuse_early(live, desired)
    actions: list[RootAction] = [Make(each) for each in desired.roots if each not in live.roots]
    if live.roots[0] != first:
        actions.append(Issue(first))
    return [*actions, Trust(desired.roots), Restart()]


def _refuse_early(live: AuthorityRootsSpec, desired: AuthorityRootsSpec) -> None:
    first = desired.roots[0]
    issuing, trusted = live.roots[0], live.roots[1:] if live.roots[0] == NONE else live.roots
    listed = ", ".join(map(str, trusted))
    if first not in trusted:
        raise _refused(
            desired,
            f"root {first} shall issue, but it is not trusted yet: the cluster trusts {listed}",
            f"set `ca.roots: [{listed}, {first}]`, run, and put {first} in front only in the next run",
        )
    dropped = [each for each in trusted if each not in desired.roots]
    if not dropped:
        return
    if issuing != first:
        raise _refused(
            desired,
            f"root {dropped[0]} still stands behind what is served: root {first} does not issue yet",
            f"set `ca.roots: [{first}, {', '.join(map(str, dropped))}]`, run, and take the old one out in the next run",
        )
    if live.held:
        raise _refused(
            desired,
            f"root {dropped[0]} still stands behind {', '.join(live.held)}",
            f"keep it in `ca.roots` and run until every certificate is behind root {first}",
        )


def _refused(desired: AuthorityRootsSpec, cause: str, next_step: str) -> OperationError:
    return desired.failure(f"change them to {list(desired.roots)}", cause, next_step)
