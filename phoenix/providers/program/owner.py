"""Whose cluster it is: a marker on the node that all of its nodes share. One Pulumi stack owns a cluster."""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from phoenix.clients import files
from phoenix.clients.shell import Shell, open_shell
from phoenix.errors import OperationError, UnobservableError
from phoenix.providers.core.reconciler import Observation, Reconciler
from phoenix.providers.core.resource import Resource
from phoenix.settings import Settings
from phoenix.specs.program import OwnerSpec
from phoenix.specs.target import NodeTarget

# noclobber opens with O_EXCL: of two runs that begin at the same time, one gets the marker
_TAKE = 'set -C; cat > "$1"'
_REPLACE = 'cat > "$1.new"; mv -f "$1.new" "$1"'


@dataclass(frozen=True)
class Claim:
    """Writes the marker."""

    def __str__(self) -> str:
        return "claim the cluster for this stack"


@dataclass(frozen=True)
class Rename:
    """Writes the stack's new name into its marker."""

    def __str__(self) -> str:
        return "write the stack's new name"


OwnerAction = Claim | Rename


class OwnerReconciler(Reconciler[OwnerSpec, OwnerAction]):
    """Holds the marker, and refuses to touch a cluster that carries another one."""

    spec = OwnerSpec
    replace_on = frozenset({"node", "path"})

    def identity(self, desired: OwnerSpec) -> str:
        return f"owner/{desired.node}"

    def drawn(self, recorded: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"id": recorded.get("id") or secrets.token_hex(8)}

    def admit(self, settings: Settings, desired: OwnerSpec) -> None:
        self.read(settings, desired)

    def observe(self, settings: Settings, desired: OwnerSpec) -> Observation[OwnerSpec] | None:
        try:
            return self.read(settings, desired)
        except UnobservableError as error:
            # elsewhere the recorded state stands in for what cannot be read; whose cluster it is must be known
            next_step = "make the node answer to SSH; phoenix:sshKey and phoenix:knownHosts must be this node's"
            raise desired.failure("read", error.cause, next_step) from None

    def read(self, settings: Settings, desired: OwnerSpec) -> Observation[OwnerSpec] | None:
        """As `observe`, but raises UnobservableError where the node does not answer."""
        marker = _read(_shell(settings, desired), desired)
        if marker is None or marker.id == desired.id:
            return None if marker is None else Observation(desired.model_copy(update={"owner": marker.owner}))
        if settings.take_over == marker.id:
            return None
        raise _refusal(desired, marker)

    def plan(self, live: OwnerSpec | None, desired: OwnerSpec) -> Sequence[OwnerAction]:
        if live is None:
            return [Claim()]
        return [] if live == desired else [Rename()]

    def perform(self, settings: Settings, desired: OwnerSpec, action: OwnerAction) -> None:  # noqa: ARG002
        shell = _shell(settings, desired)
        content = (json.dumps({"owner": desired.owner, "id": desired.id}) + "\n").encode()
        before = _read(shell, desired)
        if before is None:
            taken = shell.run(["sh", "-euc", _TAKE, "sh", desired.path], stdin=content, check=False)
            now = _read(shell, desired)
            if now is None:
                raise desired.failure("claim", taken.complaint, "see whether the cluster has a quorum: pvecm status")
            if now.id != desired.id:
                raise _refusal(desired, now)
        elif before.id in (desired.id, settings.take_over):
            shell.run(["sh", "-euc", _REPLACE, "sh", desired.path], stdin=content)
        else:
            raise _refusal(desired, before)

    def remove(self, settings: Settings, spec: OwnerSpec) -> None:
        """Removes the stack's own marker, never another's."""
        shell = _shell(settings, spec)
        marker = _read(shell, spec)
        if marker is not None and marker.id == spec.id:
            files.remove(shell, spec.path)


def _shell(settings: Settings, spec: OwnerSpec) -> Shell:
    return open_shell(settings, NodeTarget(node=spec.node))


@dataclass(frozen=True)
class _Marker:
    owner: str
    id: str


def _read(shell: Shell, spec: OwnerSpec) -> _Marker | None:
    content = files.read(shell, spec.path)
    if content is None:
        return None
    try:
        found = json.loads(content)
        return _Marker(str(found["owner"]), str(found["id"]))
    except (ValueError, KeyError, TypeError):
        next_step = f"when no other run is just beginning, remove {spec.path} there and run again"
        raise spec.failure("read", "it is not a marker of an owner", next_step) from None


def _refusal(spec: OwnerSpec, marker: _Marker) -> OperationError:
    same = " of another state (the name is the same)" if marker.owner == spec.owner else ""
    return spec.failure(
        f"use the cluster for {spec.owner}",
        f"it belongs to the Pulumi stack {marker.owner}{same}, ID {marker.id}",
        f"use that stack; or, when it is gone for good, take over: pulumi config set phoenix:takeOver {marker.id}",
    )


class Owner(Resource[OwnerSpec], reconciler=OwnerReconciler()):
    """The marker; everything else of the cluster waits for it, so that it is the first made and the last removed."""
