"""A directory of the node or a guest, with owner and mode; what lies in it is never touched."""

from collections.abc import Sequence
from dataclasses import dataclass

from phoenix.clients.shell import open_shell
from phoenix.console import tell
from phoenix.providers.core.reconciler import Observation, Reconciler
from phoenix.providers.core.resource import Resource
from phoenix.settings import Settings
from phoenix.specs.files import DirectorySpec

_STAT = '[ -d "$1" ] && exec stat -L -c "%a %u %g %U %G" "$1"; [ ! -e "$1" ] || echo other'
_BOUND = """
command -v docker > /dev/null || exit 0
path=$1; shift
for name; do
    device=$(docker volume inspect -f '{{index .Options "device"}}' "$name" 2>/dev/null) || continue
    [ "$device" = "$path" ] || echo "$name $device"
done
"""
_REMOVE = '[ -d "$1" ] || exit 0; rmdir "$1" 2>/dev/null || [ -z "$(ls -A "$1")" ] || echo kept'


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

    def managed(self, recorded: DirectorySpec, desired: DirectorySpec) -> DirectorySpec:
        # only for the first look
        return recorded.model_copy(update={"volumes": desired.volumes})

    def admit(self, settings: Settings, desired: DirectorySpec) -> None:
        """Docker never binds a volume that is there to another folder, and says nothing of it."""
        if not desired.volumes:
            return
        said = open_shell(settings, desired.target).script(_BOUND, desired.path, *desired.volumes).text
        for line in said.splitlines():
            name, _, device = line.partition(" ")
            bound = f"is bound to {device}" if device else "holds its data itself"
            raise desired.failure(
                "bind a volume to it",
                f"volume {name} is there and {bound}; Docker would go on with that",
                f"bring its data here while its stack is stopped, `docker volume rm {name}`, and run again; or give it "
                "its former device in the compose file",
            )

    def observe(self, settings: Settings, desired: DirectorySpec) -> Observation[DirectorySpec] | None:
        shell = open_shell(settings, desired.target)
        words = shell.script(_STAT, desired.path).text.split()
        if not words:
            return None
        if words == ["other"]:
            cause = "something else than a directory is there"
            raise desired.failure("read", cause, "move it away, or choose another path")
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
            tell(f"{spec} is not empty, and stays")


class Directory(Resource[DirectorySpec], reconciler=DirectoryReconciler()):
    """A directory."""
