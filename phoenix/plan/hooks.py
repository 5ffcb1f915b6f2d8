"""The operator's hooks as shell commands: where each runs, with its time limit, and what a failure says."""

import shlex
from dataclasses import dataclass

from phoenix.model import Cluster, Hook, HookEvent, HookPlace, VmGuest

KILL_SECONDS = 10
"""How long a command that outlived its limit has to end by itself."""
GRACE_SECONDS = 30
"""How much longer the way into a guest may take than the command in there."""

_FAILED = """code=$?
echo {words}" (exit code $code)" >&2
exit $code"""
# qm succeeds when it could ask the guest's agent: the command's own exit code is in its answer
_AGENT = """answer=$({ask}) || exit
printf '%s\\n' "$answer"
code=$(printf '%s\\n' "$answer" | sed -n 's/.*"exitcode" *: *\\([0-9]*\\).*/\\1/p')
exit "${{code:-124}}\""""


@dataclass(frozen=True)
class Declared:
    """A hook and whose it is: a guest's VMID, a certificate's name, or `cluster`."""

    owner: str
    hook: Hook
    own_guest: int | None = None
    """The guest that it belongs to."""

    @property
    def name(self) -> str:
        """Unique within the cluster."""
        return f"{self.owner}-{self.hook.name}"

    @property
    def guest(self) -> int | None:
        """The guest that it runs in."""
        return (self.hook.guest or self.own_guest) if self.hook.runs_on is HookPlace.GUEST else None


@dataclass(frozen=True)
class PlannedHook:
    """A hook as the command that runs it: `owner` is a guest's VMID, a certificate's name, or `cluster`."""

    name: str
    """Unique within the cluster."""
    owner: str
    after: HookEvent
    local: bool
    """Whether it runs on the operator's machine; all others start on the node."""
    script: str
    """For `sh`. Nothing in it waits longer than the hook's limit."""


@dataclass(frozen=True)
class HooksPlan:
    """The operator's hooks by the moment at which they run; `node` is where those begin that are not local."""

    node: str
    of_guests: tuple[PlannedHook, ...]
    of_certificates: tuple[PlannedHook, ...]
    of_cluster: tuple[PlannedHook, ...]

    @property
    def every(self) -> tuple[PlannedHook, ...]:
        """All of them."""
        return (*self.of_guests, *self.of_certificates, *self.of_cluster)


def plan(cluster: Cluster) -> HooksPlan:
    """Every hook of the configuration."""
    return HooksPlan(
        node=cluster.node.at,
        of_guests=tuple(
            _planned(cluster, Declared(str(guest.vmid), hook, guest.vmid))
            for guest in cluster.guests
            for hook in guest.hooks
        ),
        of_certificates=tuple(
            _planned(cluster, Declared(certificate.name, hook))
            for certificate in cluster.certificates
            for hook in certificate.hooks
        ),
        of_cluster=tuple(_planned(cluster, Declared("cluster", hook)) for hook in cluster.hooks),
    )


def _planned(cluster: Cluster, declared: Declared) -> PlannedHook:
    hook = declared.hook
    local = hook.runs_on is HookPlace.LOCAL
    return PlannedHook(declared.name, declared.owner, hook.after, local, script(cluster, declared))


_WORDS = {HookPlace.LOCAL: "local", HookPlace.NODE: "host", HookPlace.GUEST: "guest"}
"""Where a hook runs, as every state that exists says it: another script would run again."""


def script(cluster: Cluster, declared: Declared) -> str:
    """What `sh` runs, on the operator's machine or on the node. Nothing in it waits longer than the hook's limit."""
    hook, where = declared.hook, _WORDS[declared.hook.runs_on]
    command = _limited(hook.timeout_seconds, hook.command)
    if hook.runs_on is HookPlace.GUEST:
        guest = cluster.guest(declared.guest or 0)
        where = f"guest {guest.vmid}"
        patience = hook.timeout_seconds + GRACE_SECONDS
        if isinstance(guest, VmGuest):
            way = ["qm", "guest", "exec", str(guest.vmid), "--timeout", str(patience), "--"]
            ask = shlex.join(_limited(patience + GRACE_SECONDS, [*way, *command]))
            return _explained(_AGENT.format(ask=ask), declared, where)
        command = _limited(patience, ["pct", "exec", str(guest.vmid), "--", *command])
    return _explained(shlex.join(command), declared, where)


def _limited(seconds: int, argv: list[str] | tuple[str, ...]) -> list[str]:
    return ["timeout", "-k", str(KILL_SECONDS), str(seconds), *argv]


def _explained(run: str, declared: Declared, where: str) -> str:
    hook = declared.hook
    words = (
        f"hook {hook.name} of {declared.owner}, after {hook.after}: {hook.command[0]} on {where} failed, "
        f"or was ended after {hook.timeout_seconds} s; next: try the command there, correct it, "
        "then run up again, which repeats it"
    )
    return f"(\n{run}\n) || {{\n{_FAILED.format(words=shlex.quote(words))}\n}}"
