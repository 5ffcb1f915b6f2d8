"""The operator's hooks as shell commands: where each runs, with its time limit, and what a failure says."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from phoenix.model import Cluster, Hook, HookPlace, VmGuest

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
    guest: int | None = None
    """The guest that it runs in."""

    @property
    def name(self) -> str:
        """Unique within the cluster."""
        return f"{self.owner}-{self.hook.name}"

    @property
    def local(self) -> bool:
        """Whether it runs on the operator's machine; all others start on the node."""
        return self.hook.runs_on is HookPlace.LOCAL


def of_guests(cluster: Cluster) -> Iterator[Declared]:
    """Hooks after a guest's create or change; `owner` is its VMID."""
    for guest in cluster.guests:
        for hook in guest.hooks:
            yield _declared(str(guest.vmid), hook, guest.vmid)


def of_certificates(cluster: Cluster) -> Iterator[Declared]:
    """Hooks after a certificate's renewal; `owner` is its name."""
    for certificate in cluster.certificates:
        for hook in certificate.hooks:
            yield _declared(certificate.name, hook, None)


def of_cluster(cluster: Cluster) -> Iterator[Declared]:
    """Hooks after an `up`."""
    for hook in cluster.hooks:
        yield _declared("cluster", hook, None)


def every(cluster: Cluster) -> tuple[Declared, ...]:
    """All of them."""
    return (*of_guests(cluster), *of_certificates(cluster), *of_cluster(cluster))


def script(cluster: Cluster, declared: Declared) -> str:
    """What `sh` runs, on the operator's machine or on the node. Nothing in it waits longer than the hook's limit."""
    hook, where = declared.hook, declared.hook.runs_on.value
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


def _declared(owner: str, hook: Hook, own_guest: int | None) -> Declared:
    inside = (hook.guest or own_guest) if hook.runs_on is HookPlace.GUEST else None
    return Declared(owner, hook, inside)


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
