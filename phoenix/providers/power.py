"""Guests that are stopped by design (templates), running for as long as something is changed inside them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from phoenix.clients.shell import Shell, open_shell
from phoenix.clients.target import HostTarget, LxcTarget, VmTarget
from phoenix.errors import OperationError
from phoenix.settings import Settings

START_SECONDS = 120.0
SHUTDOWN_SECONDS = 60

# just after the start there is no bus to ask; "degraded" is up as well
_UP = """
end=$(($(date +%s)+$1))
until state=$(timeout "$1" systemctl is-system-running --wait 2>&1) || [ "$state" = degraded ]; do
  [ "$(date +%s)" -lt "$end" ] || { echo "$state" >&2; exit 1; }
  sleep 0.1
done
"""

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
    done = open_shell(settings, target).script(_UP, f"{START_SECONDS:.0f}", timeout=START_SECONDS + 10, check=False)
    if done.exit_code != 0:
        raise OperationError(
            resource=str(target),
            operation="start it for the time of a change",
            host=target.node,
            cause=f"its system is `{done.complaint}` after {START_SECONDS:.0f} s",
            next_step=f"look at `pct exec {target.vmid} -- systemctl list-jobs` on the node, then run again",
        )


def _shutdown(settings: Settings, target: LxcTarget) -> None:
    argv = ["pct", "shutdown", str(target.vmid), "--timeout", str(SHUTDOWN_SECONDS), "--forceStop", "1"]
    _node(settings, target).run(argv, timeout=SHUTDOWN_SECONDS + 30.0)


def _node(settings: Settings, target: LxcTarget | VmTarget) -> Shell:
    return open_shell(settings, HostTarget(node=target.node))
