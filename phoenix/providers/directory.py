"""A directory of the host or a guest, with owner and mode; what lies in it is never touched."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import pulumi
from pydantic import Field

from phoenix.clients.shell import open_shell
from phoenix.clients.target import Target
from phoenix.errors import OperationError
from phoenix.providers.adapter import Provider, Resource
from phoenix.providers.reconciler import Observation, Reconciler, Spec
from phoenix.settings import Settings

_STAT = '[ -d "$1" ] && exec stat -L -c "%a %u %g %U %G" "$1"; [ ! -e "$1" ] || echo other'
_REMOVE = '[ -d "$1" ] || exit 0; rmdir "$1" 2>/dev/null || [ -z "$(ls -A "$1")" ] || echo kept'


class DirectorySpec(Spec):
    """`owner` is `user:group`, names or numbers (numbers of the host: a container's are shifted); `mode` is octal."""

    target: Target
    path: Annotated[str, Field(pattern=r"^/.")]
    owner: Annotated[str, Field(pattern=r"^[^:\s]+:[^:\s]+$")] = "root:root"
    mode: Annotated[str, Field(pattern=r"^[0-7]{4}$")] = "0755"


@dataclass(frozen=True)
class Make:
    """Makes the directory and its parents."""

    def __str__(self) -> str:
        return "make it"


@dataclass(frozen=True)
class Grant:
    """Sets owner and mode of the directory alone."""

    def __str__(self) -> str:
        return "set its owner and mode"


DirectoryAction = Make | Grant


class DirectoryReconciler(Reconciler[DirectorySpec, DirectoryAction]):
    """Converges one directory."""

    spec = DirectorySpec
    replace_on = frozenset({"target", "path"})

    def identity(self, desired: DirectorySpec) -> str:
        return f"directory/{desired.target}:{desired.path}".replace(" ", "-")

    def observe(self, settings: Settings, desired: DirectorySpec) -> Observation[DirectorySpec] | None:
        shell = open_shell(settings, desired.target)
        words = shell.script(_STAT, desired.path).text.split()
        if not words:
            return None
        if words == ["other"]:
            raise OperationError(
                resource=f"directory {desired.path}",
                operation="read",
                host=desired.target.node,
                cause="something else than a directory is there",
                next_step="move it away, or choose another path",
            )
        mode, uid, gid, user, group = words
        wanted_user, _, wanted_group = desired.owner.partition(":")
        same = wanted_user in (uid, user) and wanted_group in (gid, group)
        owner = desired.owner if same else f"{uid}:{gid}"
        return Observation(desired.model_copy(update={"owner": owner, "mode": mode.zfill(4)}))

    def plan(self, live: DirectorySpec | None, desired: DirectorySpec) -> Sequence[DirectoryAction]:
        if live is None:
            return [Make(), Grant()]
        return [] if live == desired else [Grant()]

    def perform(self, settings: Settings, desired: DirectorySpec, action: DirectoryAction) -> None:
        shell = open_shell(settings, desired.target)
        match action:
            case Make():
                shell.run(["mkdir", "-p", "--", desired.path])
            case Grant():
                # chown clears the set-ID bits, so the mode comes last
                shell.run(["chown", desired.owner, desired.path])
                shell.run(["chmod", desired.mode, desired.path])

    def remove(self, settings: Settings, spec: DirectorySpec) -> None:
        """Removes the directory when it is empty; otherwise leaves it, and says so."""
        done = open_shell(settings, spec.target).script(_REMOVE, spec.path)
        if done.text == "kept":
            print(f"directory {spec.path} on {spec.target} is not empty, and stays", file=sys.stderr, flush=True)


class DirectoryProvider(Provider[DirectorySpec]):
    """Directories for Pulumi."""

    reconciler = DirectoryReconciler()


class Directory(Resource, module="phoenix", name="Directory"):
    """A directory; `props` are the fields of DirectorySpec."""

    def __init__(
        self, name: str, props: Mapping[str, pulumi.Input[Any]], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(DirectoryProvider(), name, props, (), opts)
