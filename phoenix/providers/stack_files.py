"""A stack's files on the node's shared path: what the checkout has, and nothing else below the stack's own folder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Annotated

import pulumi
from pydantic import AfterValidator, Field

from phoenix.clients.files import read_tree
from phoenix.clients.shell import open_shell
from phoenix.clients.target import HostTarget
from phoenix.clients.transaction import NewFile, Transaction
from phoenix.providers.adapter import Provider, Resource
from phoenix.providers.reconciler import Observation, Reconciler, Spec
from phoenix.settings import Settings

OWNER, MODE = "root:root", "0644"


def _below(path: str) -> str:
    parts = PurePosixPath(path).parts
    if not path or path.startswith("/") or ".." in parts or str(PurePosixPath(path)) != path or "\n" in path:
        raise ValueError(f"{path!r} is not a plain path below the stack's folder")
    return path


def _own_folder(path: str) -> str:
    # whatever else lies in there is removed: a folder right below the root would be somebody else's
    if len(PurePosixPath(path).parts) < 4 or ".." in PurePosixPath(path).parts or not path.startswith("/"):
        raise ValueError(f"{path!r} is not a stack's own folder, at least three levels deep")
    return path.rstrip("/")


class StackFilesSpec(Spec):
    """`files` (relative path -> text) in `directory` of the node."""

    node: str
    directory: Annotated[str, AfterValidator(_own_folder)]
    files: Annotated[dict[Annotated[str, AfterValidator(_below)], str], Field(min_length=1)]


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
        shell = open_shell(settings, HostTarget(node=desired.node))
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
        shell = open_shell(settings, HostTarget(node=desired.node))
        whole = {path: f"{desired.directory}/{path}" for path in (*action.put, *action.drop)}
        transaction = Transaction(shell, _set_name(desired))
        transaction.stage({whole[path]: NewFile(desired.files[path].encode(), OWNER, MODE) for path in action.put})
        transaction.commit([whole[path] for path in action.put], [whole[path] for path in action.drop])
        transaction.close()
        shell.run(["find", desired.directory, "-mindepth", "1", "-type", "d", "-empty", "-delete"])

    def remove(self, settings: Settings, spec: StackFilesSpec) -> None:
        shell = open_shell(settings, HostTarget(node=spec.node))
        shell.run(["rm", "-rf", "--", spec.directory])


def _set_name(spec: StackFilesSpec) -> str:
    return f"stack{spec.directory.replace('/', '-')}"


class StackFilesProvider(Provider[StackFilesSpec]):
    """Folders of stacks."""

    reconciler = StackFilesReconciler()


class StackFiles(Resource, module="phoenix", name="StackFiles"):
    """One stack's files on the node."""

    def __init__(
        self, name: str, props: Mapping[str, pulumi.Input[object]], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(StackFilesProvider(), name, props, (), opts)
