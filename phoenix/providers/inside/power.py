"""Guests that are stopped by design (templates), running for as long as something is changed inside them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from phoenix.clients.shell import Shell, open_shell
from phoenix.errors import OperationError, UnobservableError
from phoenix.providers.core.waiting import wait_until
from phoenix.settings import Settings
from phoenix.specs.target import LxcTarget, NodeTarget, VmTarget

START_SECONDS = 120.0
SHUTDOWN_SECONDS = 60

_lock = threading.Lock()
_users: dict[LxcTarget, int] = {}


def is_running(settings: Settings, target: LxcTarget | VmTarget) -> bool:
    """Whether the node says that the guest runs; raises UnobservableError when the node cannot be reached."""
    tool = "pct" if isinstance(target, LxcTarget) else "qm"
    done = _node(settings, target).run([tool, "status", str(target.vmid)], check=False)
    return done.exit_code == 0 and "running" in done.text


@contextmanager
def kept_running(settings: Settings, target: LxcTarget) -> Iterator[None]:
    """Starts the container if it is stopped, and shuts it down after the last of its users.

    Raises OperationError when it does not start, or its system is not up within START_SECONDS.
    """
    with _lock:
        ours = target in _users or not is_running(settings, target)
        if ours:
            _users[target] = _users.get(target, 0) + 1
            if _users[target] == 1:
                try:
                    _start(settings, target)
                except BaseException:
                    del _users[target]
                    raise
    try:
        yield
    finally:
        with _lock:
            if ours:
                _users[target] -= 1
                if _users[target] == 0:
                    del _users[target]
                    _shutdown(settings, target)


def _start(settings: Settings, target: LxcTarget) -> None:
    _node(settings, target).run(["pct", "start", str(target.vmid)], timeout=START_SECONDS)
    shell = open_shell(settings, target)
    problem = wait_until(lambda: _not_up(shell), subject=f"start of {target}", limit=START_SECONDS, pause=0.1)
    if problem:
        raise OperationError(
            resource=str(target),
            operation="start it for the time of a change",
            host=target.node,
            cause=f"its system is not up after {START_SECONDS:.0f} s: {problem}",
            next_step=f"look at `pct exec {target.vmid} -- systemctl list-jobs` on the node, then run again",
        )


def _not_up(shell: Shell) -> str:
    # in the first moments the container cannot be entered, then there is no bus to ask; "degraded" is up as well
    try:
        done = shell.run(["timeout", "30", "systemctl", "is-system-running", "--wait"], check=False)
    except UnobservableError as error:
        return error.cause
    return "" if done.text in ("running", "degraded") else done.complaint


def _shutdown(settings: Settings, target: LxcTarget) -> None:
    argv = ["pct", "shutdown", str(target.vmid), "--timeout", str(SHUTDOWN_SECONDS), "--forceStop", "1"]
    _node(settings, target).run(argv, timeout=SHUTDOWN_SECONDS + 30.0)


def _node(settings: Settings, target: LxcTarget | VmTarget) -> Shell:
    return open_shell(settings, NodeTarget(node=target.node))
