"""Configuration files of a daemon that belong together: checked, swapped, reloaded, verified, or put back.

Not for secrets: content stands in previews and in the state.
"""

from collections.abc import Mapping, Sequence

import pulumi

from phoenix.clients.files import LiveFile, read_all
from phoenix.clients.shell import open_shell
from phoenix.clients.transaction import Transaction
from phoenix.errors import PhoenixError
from phoenix.providers.adapter import Provider, Resource
from phoenix.providers.file_set import taking
from phoenix.providers.file_set.spec import Apply, FileSetAction, FileSetSpec, SetFile, Swap
from phoenix.providers.reconciler import Observation, Reconciler
from phoenix.settings import Settings


class FileSetReconciler(Reconciler[FileSetSpec, FileSetAction]):
    """Keeps the files of a set and what their daemon made of them."""

    spec = FileSetSpec
    replace_on = frozenset({"target", "name"})

    def identity(self, desired: FileSetSpec) -> str:
        return f"{desired.target}/files/{desired.name}".replace(" ", "/")

    def observe(self, settings: Settings, desired: FileSetSpec) -> Observation[FileSetSpec] | None:
        shell = open_shell(settings, desired.target)
        found = read_all(shell, [*desired.files, *desired.absent])
        live = {path: _live(found[path], wanted) for path, wanted in desired.files.items() if path in found}
        if desired.files and not live:
            return None
        gone = tuple(path for path in desired.absent if path not in found)
        applied = taking.applied(shell, desired)
        return Observation(desired.model_copy(update={"files": live, "absent": gone, "applied": applied}))

    def plan(self, live: FileSetSpec | None, desired: FileSetSpec) -> Sequence[FileSetAction]:
        if live is None:
            return [Swap(tuple(desired.files), desired.absent)]
        put = tuple(path for path, file in desired.files.items() if live.files.get(path) != file)
        drop = tuple(path for path in desired.absent if path not in live.absent)
        if put or drop:
            return [Swap(put, drop)]
        return [] if live.applied == desired.applied else [Apply()]

    def perform(self, settings: Settings, desired: FileSetSpec, action: FileSetAction) -> None:
        shell = open_shell(settings, desired.target)
        transaction = Transaction(shell, desired.name)
        if isinstance(action, Swap):
            taking.swap(shell, transaction, desired, action)
        told = False
        try:
            taking.check_whole(shell, desired)
            told = True
            taking.tell(shell, desired)
        except PhoenixError as error:
            if not transaction.is_open():
                raise
            raise taking.taken_back(shell, transaction, desired, error, told) from None
        transaction.close()

    def retire(self, settings: Settings, recorded: FileSetSpec, desired: FileSetSpec) -> None:
        left = [path for path in recorded.files if path not in desired.files]
        if left:
            # the open transaction makes the reload follow, and is where a refused rest goes back to
            Transaction(open_shell(settings, desired.target), desired.name).commit((), left)

    def remove(self, settings: Settings, spec: FileSetSpec) -> None:
        shell = open_shell(settings, spec.target)
        transaction = Transaction(shell, spec.name)
        transaction.commit((), list(spec.files))
        if spec.reload:
            # without its files the daemon may have nothing left to run with, and that is no reason to keep them
            shell.run(spec.reload, timeout=taking.RELOAD_SECONDS, check=False)
        transaction.close()


def _live(found: LiveFile, wanted: SetFile) -> SetFile:
    return SetFile(
        content=found.content,
        owner=found.owner if wanted.owner else "",
        mode=found.mode if wanted.mode else "",
    )


class FileSetProvider(Provider[FileSetSpec]):
    """Sets of configuration files."""

    reconciler = FileSetReconciler()


class FileSet(Resource, module="phoenix", name="FileSet"):
    """Configuration files of one daemon."""

    def __init__(
        self, name: str, props: Mapping[str, pulumi.Input[object]], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        # the defaults inside each file stand in the inputs, so that a refresh finds what it knows
        super().__init__(FileSetProvider(), name, {**props, **_filled(props)}, (), opts)


def _filled(props: Mapping[str, pulumi.Input[object]]) -> dict[str, object]:
    files = props["files"]
    if not isinstance(files, Mapping):
        return {}
    return {"files": {path: {**SetFile(content="").model_dump(), **file} for path, file in files.items()}}
