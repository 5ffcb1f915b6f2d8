"""How a daemon comes to use a set of files: staged, swapped, checked, reloaded, verified, or all of it put back."""

import time
from collections.abc import Sequence

from phoenix.clients.files import WHOLE, contents, show_all
from phoenix.clients.shell import Shell
from phoenix.clients.ssh import Completed
from phoenix.clients.transaction import NewFile, Transaction
from phoenix.errors import OperationError, PhoenixError
from phoenix.providers.files.file_set.plan import Swap
from phoenix.providers.files.shared import firewall, is_shared
from phoenix.providers.files.shared.firewall import TAKEN, TakenError
from phoenix.specs.files import APPLIED, FileSetSpec

RELOAD_SECONDS = 60.0
PROBE_SECONDS = 10
LOOK_SECONDS = 60.0
PAUSE_SECONDS = 0.1
AS_IT_IS = "surrogateescape"


# a unit that somebody disabled runs on until the machine starts anew
_LASTS = """
state=$(systemctl is-enabled "$1" 2>&1) || { echo "$1 does not start with the machine: $state" >&2; exit 1; }
state=$(systemctl is-active "$1" 2>&1) || { echo "$1 does not run: $state" >&2; exit 1; }
"""


def applied(is_open: Completed, *verified: Completed) -> str:
    """What the answers to `questions` mean: APPLIED, or `no` with the reason."""
    if is_open.exit_code == 0:
        return "no: a run was interrupted before the daemon had confirmed it"
    for done in verified:
        if done.exit_code != 0:
            return f"no: {done.complaint}"
    return APPLIED


def questions(shell: Shell, desired: FileSetSpec) -> list[list[str]]:
    """The commands that tell whether the daemon uses the files, and will after the machine's next start."""
    return [
        Transaction(shell, desired.name).asks_if_open,
        *([["sh", "-uc", _LASTS, "sh", desired.unit]] if desired.unit else []),
        *([_probing(desired)] if desired.verify else []),
    ]


def _probing(desired: FileSetSpec) -> list[str]:
    return ["timeout", str(PROBE_SECONDS), *desired.verify]


def _probe(shell: Shell, desired: FileSetSpec) -> Completed:
    return shell.run(_probing(desired), timeout=PROBE_SECONDS + 5.0, check=False)


def swap(shell: Shell, transaction: Transaction, desired: FileSetSpec, action: Swap) -> None:
    """Brings the files, or our parts of them, into place; raises OperationError."""
    there = _shared(shell, action.put)
    new = {path: desired.files[path] for path in action.put}
    try:
        texts = {
            path: firewall.with_ours(there.get(path, ""), file.content) if is_shared(path) else file.content
            for path, file in new.items()
        }
    except TakenError as error:
        raise desired.failure("have its part", str(error), TAKEN) from None
    staged = {path: NewFile(texts[path].encode(errors=AS_IT_IS), file.owner, file.mode) for path, file in new.items()}
    transaction.stage(staged)
    transaction.commit(action.put, action.drop)


def take_away(shell: Shell, transaction: Transaction, recorded: FileSetSpec, paths: Sequence[str]) -> None:
    """Removes files, of those that others have a part in only ours."""
    there = _shared(shell, paths)
    rest = {path: firewall.without_ours(text, recorded.files[path].content) for path, text in there.items()}
    kept = {path: text for path, text in rest.items() if text}
    if kept:
        transaction.stage({path: NewFile(text.encode(errors=AS_IT_IS), "", "") for path, text in kept.items()})
    transaction.commit(list(kept), [path for path in paths if path not in kept])


def _shared(shell: Shell, paths: Sequence[str]) -> dict[str, str]:
    """The texts of those that others have a part in; what is no UTF-8 goes back as it came."""
    shared = [path for path in paths if is_shared(path)]
    if not shared:
        return {}
    done = shell.run(show_all(shared, WHOLE))
    return {path: each.decode(errors=AS_IT_IS) for path, each in contents(done.text).items()}


def check(shell: Shell, desired: FileSetSpec) -> None:
    if desired.check:
        _run(shell, desired, "check", desired.check)


def notify(shell: Shell, desired: FileSetSpec) -> None:
    """Reload and verify; raises OperationError with the daemon's own words."""
    if desired.unit:
        _run(shell, desired, "enable", ("systemctl", "enable", "-q", desired.unit))
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


def roll_back(
    shell: Shell, transaction: Transaction, desired: FileSetSpec, error: PhoenixError, notified: bool
) -> PhoenixError:
    transaction.back()
    done = shell.run(desired.reload, timeout=RELOAD_SECONDS, check=False) if notified and desired.reload else None
    if done is not None and done.exit_code != 0:
        after = f"the previous version is back, but its reload failed as well: {done.complaint}"
    else:
        transaction.close()
        after = "the previous version is back in place"
    if not isinstance(error, OperationError):
        return error
    return _refused(desired, error.operation, error.cause, after)


def _refused(desired: FileSetSpec, operation: str, cause: str, after: str = "") -> OperationError:
    return desired.failure(
        operation,
        f"{cause.strip()}\n  {after}" if after else cause,
        "correct what the files are made from, then run again",
    )
