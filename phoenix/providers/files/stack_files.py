"""A stack's files on the node's shared path: what the checkout has, and nothing else below the stack's own folder."""

from collections.abc import Sequence
from dataclasses import dataclass

from phoenix.clients.files import read_tree
from phoenix.clients.shell import open_shell
from phoenix.clients.transaction import NewFile, Transaction
from phoenix.providers.core.reconciler import Observation, Reconciler
from phoenix.providers.core.resource import Resource
from phoenix.settings import Settings
from phoenix.specs.files import StackFilesSpec
from phoenix.specs.target import NodeTarget

OWNER, MODE = "root:root", "0644"


@dataclass(frozen=True)
class Sync:
    """Writes the files of `put` and removes those of `drop`, relative paths."""

    put: tuple[str, ...]
    drop: tuple[str, ...]

    def __str__(self) -> str:
        return ", ".join([*(f"write {path}" for path in self.put), *(f"remove {path}" for path in self.drop)])


class StackFilesReconciler(Reconciler[StackFilesSpec, Sync]):
    """Keeps one stack's folder as it is in the checkout."""

    spec = StackFilesSpec
    replace_on = frozenset({"node", "directory"})

    def identity(self, desired: StackFilesSpec) -> str:
        return f"{desired.node}{desired.directory}"

    def observe(self, settings: Settings, desired: StackFilesSpec) -> Observation[StackFilesSpec] | None:
        shell = open_shell(settings, NodeTarget(node=desired.node))
        found = read_tree(shell, desired.directory)
        if not found:
            return None
        start = len(desired.directory) + 1
        live = {path[start:]: file.content for path, file in found.items()}
        # not validated again: what lies there may have names that no checkout would have
        return Observation(desired.model_copy(update={"files": live}))

    def plan(self, live: StackFilesSpec | None, desired: StackFilesSpec) -> Sequence[Sync]:
        there = live.files if live is not None else {}
        put = tuple(path for path, content in desired.files.items() if there.get(path) != content)
        drop = tuple(path for path in there if path not in desired.files)
        return [Sync(put, drop)] if put or drop else []

    def perform(self, settings: Settings, desired: StackFilesSpec, action: Sync) -> None:
        shell = open_shell(settings, NodeTarget(node=desired.node))
        whole = {path: f"{desired.directory}/{path}" for path in (*action.put, *action.drop)}
        transaction = Transaction(shell, _set_name(desired))
        transaction.stage({whole[path]: NewFile(desired.files[path].encode(), OWNER, MODE) for path in action.put})
        transaction.commit([whole[path] for path in action.put], [whole[path] for path in action.drop])
        transaction.close()
        shell.run(["find", desired.directory, "-mindepth", "1", "-type", "d", "-empty", "-delete"])

    def remove(self, settings: Settings, spec: StackFilesSpec) -> None:
        shell = open_shell(settings, NodeTarget(node=spec.node))
        shell.run(["rm", "-rf", "--", spec.directory])


def _set_name(spec: StackFilesSpec) -> str:
    return f"stack{spec.directory.replace('/', '-')}"


class StackFiles(Resource[StackFilesSpec], reconciler=StackFilesReconciler()):
    """One stack's files on the node."""
