"""Configuration files of a daemon that belong together: checked, swapped, reloaded, verified, or put back.

Not for secrets: content stands in previews and in the state.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import pulumi
from pydantic import Field, field_validator

from phoenix.clients.files import read_all
from phoenix.clients.shell import Shell, open_shell
from phoenix.clients.ssh import Completed
from phoenix.clients.target import Target
from phoenix.clients.transaction import NewFile, Transaction
from phoenix.errors import OperationError, PhoenixError
from phoenix.providers.adapter import Provider, Resource
from phoenix.providers.reconciler import Observation, Reconciler, Spec
from phoenix.settings import Settings

RELOAD_SECONDS = 60.0
PROBE_SECONDS = 10
PAUSE_SECONDS = 0.1
APPLIED = "yes"
CLUSTER_FILES = "/etc/pve/"

Path = Annotated[str, Field(pattern=r"^/(.*/)*[^/]+$")]


class SetFile(Spec):
    """One file; `owner` (`user:group`) and `mode` (four octal digits) are empty where the file system decides them."""

    content: str
    owner: Annotated[str, Field(pattern=r"^([^\s:]+:[^\s:]+)?$")] = "root:root"
    mode: Annotated[str, Field(pattern=r"^(0[0-7]{3})?$")] = "0644"


class FileSetSpec(Spec):
    """Files of one daemon on one target.

    `check` runs before the swap for each changed file when one of its words holds `{path}` (the staged file), else
    after the swap. `reload` runs when something changed, `verify` is then polled for `verify_seconds`. `absent` are
    files that must not be there. `applied` is "yes"; the live one tells when the daemon may not have the files.
    """

    target: Target
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]*$")]
    files: dict[Path, SetFile]
    absent: tuple[Path, ...] = ()
    check: tuple[str, ...] = ()
    reload: tuple[str, ...] = ()
    verify: tuple[str, ...] = ()
    verify_seconds: int = 15
    applied: str = APPLIED

    @field_validator("files")
    @classmethod
    def _as_the_cluster_file_system_has_it(cls, files: dict[str, SetFile]) -> dict[str, SetFile]:
        # pmxcfs gives every file root:www-data 0640 and refuses any other: https://pve.proxmox.com/wiki/Proxmox_Cluster_File_System_(pmxcfs)
        free = {"owner": "", "mode": ""}
        return {
            path: file.model_copy(update=free) if path.startswith(CLUSTER_FILES) else file
            for path, file in files.items()
        }


@dataclass(frozen=True)
class Swap:
    """Brings the files of `put` into place, removes those of `drop`, and makes the daemon take them."""

    put: tuple[str, ...]
    drop: tuple[str, ...]

    def __str__(self) -> str:
        changes = [f"write {path}" for path in self.put] + [f"remove {path}" for path in self.drop]
        return ", ".join(changes)


@dataclass(frozen=True)
class Apply:
    """Makes the daemon take the files that are there already."""

    def __str__(self) -> str:
        return "reload"


FileSetAction = Swap | Apply


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
        applied = _applied(shell, desired)
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
            _swap(shell, transaction, desired, action)
        told = False
        try:
            _check_whole(shell, desired)
            told = True
            _tell(shell, desired)
        except PhoenixError as error:
            if not transaction.is_open():
                raise
            raise _taken_back(shell, transaction, desired, error, told) from None
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
            shell.run(spec.reload, timeout=RELOAD_SECONDS, check=False)
        transaction.close()


def _live(found: object, wanted: SetFile) -> SetFile:
    content, owner, mode = (getattr(found, name) for name in ("content", "owner", "mode"))
    return SetFile(
        content=content,
        owner=owner if wanted.owner else "",
        mode=mode if wanted.mode else "",
    )


def _applied(shell: Shell, desired: FileSetSpec) -> str:
    if Transaction(shell, desired.name).is_open():
        return "no: a run was interrupted before the daemon had confirmed it"
    if desired.verify:
        done = _probe(shell, desired)
        if done.exit_code != 0:
            return f"no: {done.complaint}"
    return APPLIED


def _probe(shell: Shell, desired: FileSetSpec) -> Completed:
    return shell.run(["timeout", str(PROBE_SECONDS), *desired.verify], timeout=PROBE_SECONDS + 5.0, check=False)


def _swap(shell: Shell, transaction: Transaction, desired: FileSetSpec, action: Swap) -> None:
    new = {path: desired.files[path] for path in action.put}
    staged = transaction.stage(
        {path: NewFile(file.content.encode(), file.owner, file.mode) for path, file in new.items()}
    )
    if _checks_staged(desired):
        for path, beside in staged.items():
            argv = [word.replace("{path}", beside) for word in desired.check]
            done = shell.run(argv, timeout=RELOAD_SECONDS, check=False)
            if done.exit_code != 0:
                transaction.discard(action.put)
                raise _refused(desired, f"check {path}", done.complaint.replace(beside, path), "nothing was changed")
    transaction.commit(action.put, action.drop)


def _checks_staged(desired: FileSetSpec) -> bool:
    return any("{path}" in word for word in desired.check)


def _check_whole(shell: Shell, desired: FileSetSpec) -> None:
    if desired.check and not _checks_staged(desired):
        _run(shell, desired, "check", desired.check)


def _tell(shell: Shell, desired: FileSetSpec) -> None:
    """Reload and verify; raises OperationError with the daemon's own words."""
    if desired.reload:
        _run(shell, desired, "reload", desired.reload)
    if desired.verify:
        limit = time.monotonic() + desired.verify_seconds
        while (done := _probe(shell, desired)).exit_code != 0:
            if time.monotonic() > limit:
                raise _refused(desired, f"verify for {desired.verify_seconds} s", done.complaint)
            time.sleep(PAUSE_SECONDS)


def _run(shell: Shell, desired: FileSetSpec, operation: str, argv: Sequence[str]) -> None:
    done = shell.run(argv, timeout=RELOAD_SECONDS, check=False)
    if done.exit_code != 0:
        cause = done.complaint
        if argv[0] == "systemctl":
            # systemctl only points at the journal, where the daemon's own words are
            log = shell.run(["journalctl", "-q", "-u", argv[-1], "-n", "5", "-o", "cat"], check=False)
            cause = log.text or cause
        raise _refused(desired, f"{operation} with `{' '.join(argv)}`", cause)


def _taken_back(
    shell: Shell, transaction: Transaction, desired: FileSetSpec, error: PhoenixError, told: bool
) -> PhoenixError:
    transaction.back()
    done = shell.run(desired.reload, timeout=RELOAD_SECONDS, check=False) if told and desired.reload else None
    if done is not None and done.exit_code != 0:
        after = f"the previous version is back, but its reload failed as well: {done.complaint}"
    else:
        transaction.close()
        after = "the previous version is back in place"
    if not isinstance(error, OperationError):
        return error
    return _refused(desired, error.operation, error.cause, after)


def _refused(desired: FileSetSpec, operation: str, cause: str, after: str = "") -> OperationError:
    return OperationError(
        resource=f"files {desired.name} of {desired.target}",
        operation=operation,
        host=desired.target.node,
        cause=f"{cause.strip()}\n  {after}" if after else cause,
        next_step="correct what the files are made from, then run again",
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
