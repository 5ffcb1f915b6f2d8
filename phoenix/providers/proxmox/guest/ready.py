"""Waiting until a started guest can be used: its init system, or its guest agent and its user's SSH."""

import time
from collections.abc import Callable

from phoenix.clients import ssh
from phoenix.clients.shell import Shell, forget_host_key, open_shell, vm_account
from phoenix.console import tell
from phoenix.errors import OperationError, UnobservableError
from phoenix.settings import Settings
from phoenix.specs.guest import GuestSpec, LxcSpec, VmSpec
from phoenix.specs.target import LxcTarget, NodeTarget, VmTarget

UNITS_SECONDS = 60.0
VM_SECONDS = 180.0
_REPORT_SECONDS = 15.0
# a container without systemd is ready at once; one with a failed unit is as ready as it gets
_BOOTED = """
command -v systemctl >/dev/null || exit 0
i=0
while [ "$i" -lt "$1" ]; do
  state=$(systemctl is-system-running 2>/dev/null || true)
  case "$state" in running|degraded|maintenance) exit 0 ;; esac
  sleep 0.2; i=$((i + 1))
done
echo "${state:-unknown}"
"""


def await_container(settings: Settings, desired: LxcSpec) -> None:
    """Waits until the container's init system is up; raises OperationError when it never gets there.

    A unit that takes longer than that (a model being loaded) is told, and no error.
    """
    hint = f"`pct exec {desired.vmid} -- systemctl list-jobs` on the node"
    _await_units(open_shell(settings, LxcTarget(node=desired.node, vmid=desired.vmid)), desired, hint)


def _await_units(shell: Shell, desired: GuestSpec, hint: str) -> None:
    state = shell.script(_BOOTED, str(round(5 * UNITS_SECONDS)), timeout=3 * UNITS_SECONDS + 10).text
    if state == "starting":
        tell(f"{desired}: units still start after {UNITS_SECONDS:.0f} s")
    elif state:
        cause = f"it is still {state} {UNITS_SECONDS:.0f} s after its start"
        raise desired.failure("wait for its init system", cause, f"see what it waits for: {hint}")


def await_vm(settings: Settings, desired: VmSpec) -> None:
    """Waits for the guest agent, then for the cloud-init user's SSH and sudo; raises OperationError at the limit."""
    node = open_shell(settings, NodeTarget(node=desired.node))
    deadline = time.monotonic() + VM_SECONDS
    if desired.agent:
        argv = ["qm", "agent", str(desired.vmid), "ping"]
        _poll(desired, "its guest agent", deadline, lambda: _answers(lambda: node.run(argv, timeout=15.0)))
    if not desired.user or "/" not in desired.network.address:
        return
    address = desired.network.address.partition("/")[0]
    target = VmTarget(node=desired.node, vmid=desired.vmid, address=address, user=desired.user)
    # cloud-init may have made the host keys anew, and a connection from before the start leads nowhere
    forget_host_key(target)
    _answers(lambda: ssh.disconnect(vm_account(settings, target)))
    vm = open_shell(settings, target)
    _poll(desired, f"SSH as {desired.user}", deadline, lambda: _answers(lambda: vm.run(["true"], timeout=15.0)))
    # SSH answers before Docker is up: who looks then would take it for broken
    _await_units(vm, desired, f"`ssh {desired.user}@{address} systemctl list-jobs`")


def _answers(attempt: Callable[[], object]) -> str | None:
    """None when `attempt` succeeds, else why not."""
    try:
        attempt()
    except (OperationError, UnobservableError) as error:
        return error.cause
    return None


def _poll(desired: GuestSpec, what: str, deadline: float, ask: Callable[[], str | None]) -> None:
    started = reported = time.monotonic()
    pause = 0.2
    while (complaint := ask()) is not None:
        now = time.monotonic()
        if now > deadline:
            cause = f"no answer within {VM_SECONDS:.0f} s after its start: {complaint}"
            raise desired.failure(f"wait for {what}", cause, f"look at its console: `qm terminal {desired.vmid}` there")
        if now - reported > _REPORT_SECONDS:
            reported = now
            tell(f"{desired}: waiting for {what}, {now - started:.0f} s")
        time.sleep(pause)
        pause = min(1.5 * pause, 2.0)
