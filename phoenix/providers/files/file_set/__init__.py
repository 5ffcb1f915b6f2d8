"""Configuration files of a daemon that belong together: checked, swapped, reloaded, verified, or put back.

Not for secrets: content stands in previews and in the state.
"""

from collections.abc import Sequence

from phoenix.clients.files import WHOLE, LiveFile, show_all, shown
from phoenix.clients.shell import open_shell
from phoenix.clients.transaction import Transaction
from phoenix.errors import PhoenixError
from phoenix.providers.core.reconciler import Observation, Reconciler
from phoenix.providers.core.resource import Resource
from phoenix.providers.files import beside
from phoenix.providers.files.file_set import applying
from phoenix.providers.files.file_set.plan import Apply, FileSetAction, Swap
from phoenix.providers.files.shared import firewall, is_shared
from phoenix.settings import Settings
from phoenix.specs.files import FileSetSpec, SetFile


class FileSetReconciler(Reconciler[FileSetSpec, FileSetAction]):
    """Keeps the files of a set and what their daemon made of them."""

    spec = FileSetSpec
    replace_on = frozenset({"target", "name"})

    def identity(self, desired: FileSetSpec) -> str:
        return f"{desired.target}/files/{desired.name}".replace(" ", "/")

    def observe(self, settings: Settings, desired: FileSetSpec) -> Observation[FileSetSpec] | None:
        shell = open_shell(settings, desired.target)
        # sorted: the engine gives them back in another order
        look = show_all(sorted({*desired.files, *desired.absent}), WHOLE)
        files, *use = shell.run_all([look, *applying.questions(shell, desired)], timeout=applying.LOOK_SECONDS)
        if files.exit_code != 0:
            raise desired.failure(
                "read its files", files.complaint, "see what is wrong with them there, then run again"
            )
        found = shown(files.text, WHOLE)
        live = {
            path: _live(path, found[path], wanted)
            for path, wanted in desired.files.items()
            if path in found and _has_ours(path, found[path], wanted)
        }
        if desired.files and not live:
            return None
        gone = tuple(path for path in desired.absent if path not in found)
        return Observation(
            desired.model_copy(update={"files": live, "absent": gone, "applied": applying.applied(*use)})
        )

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
            applying.swap(shell, transaction, desired, action)
        notified = False
        try:
            applying.check(shell, desired)
            notified = True
            applying.notify(shell, desired)
        except PhoenixError as error:
            if not transaction.is_open():
                raise
            raise applying.roll_back(shell, transaction, desired, error, notified) from None
        transaction.close()

    def beside(self, settings: Settings, desired: FileSetSpec) -> Sequence[str]:
        return beside.look(open_shell(settings, desired.target), desired)

    def retire(self, settings: Settings, recorded: FileSetSpec, desired: FileSetSpec) -> None:
        left = [path for path in recorded.files if path not in desired.files]
        if left:
            # the open transaction makes the reload follow, and is where a refused rest goes back to
            shell = open_shell(settings, desired.target)
            applying.take_away(shell, Transaction(shell, desired.name), recorded, left)

    def remove(self, settings: Settings, spec: FileSetSpec) -> None:
        shell = open_shell(settings, spec.target)
        transaction = Transaction(shell, spec.name)
        applying.take_away(shell, transaction, spec, list(spec.files))
        if spec.reload:
            # without its files the daemon may have nothing left to run with, and that is no reason to keep them
            shell.run(spec.reload, timeout=applying.RELOAD_SECONDS, check=False)
        transaction.close()


def _has_ours(path: str, found: LiveFile, wanted: SetFile) -> bool:
    return not is_shared(path) or bool(firewall.own(found.content, wanted.content))


def _live(path: str, found: LiveFile, wanted: SetFile) -> SetFile:
    return SetFile(
        # of a file that others have a part in, ours
        content=firewall.own(found.content, wanted.content) if is_shared(path) else found.content,
        owner=found.owner if wanted.owner else "",
        mode=found.mode if wanted.mode else "",
    )


class FileSet(Resource[FileSetSpec], reconciler=FileSetReconciler()):
    """Configuration files of one daemon."""
