"""Commands on a target, whatever it is: `open_shell(settings, target).run([...])`."""

import json
import threading
from collections.abc import Sequence
from functools import partial

from phoenix.clients import ahead, batch, ssh
from phoenix.clients.ahead import Answers
from phoenix.clients.ssh import Account, Completed, SshError
from phoenix.errors import OperationError, UnobservableError
from phoenix.settings import Settings
from phoenix.specs.target import LxcTarget, NodeTarget, Target, VmTarget
from phoenix.vocabulary.network import split_node

_HOST_KEY = "/etc/ssh/ssh_host_ed25519_key.pub"
_host_keys: dict[tuple[str, int], str] = {}
_host_keys_lock = threading.Lock()
_asking: dict[tuple[str, int], threading.Lock] = {}


class Shell:
    """Runs commands as root on one target."""

    def __init__(self, settings: Settings, target: Target) -> None:
        self._settings = settings
        self.target = target

    def __str__(self) -> str:
        return str(self.target)

    def run(self, argv: Sequence[str], *, stdin: bytes = b"", timeout: float = 60.0, check: bool = True) -> Completed:
        """Runs `argv` as root, `stdin` as its input, at most `timeout` seconds.

        Raises OperationError when `check` is set and the exit code is not 0, UnobservableError when the target
        cannot be reached or is not running.
        """
        question = ("ssh", self.target, tuple(argv), stdin)
        # whatever has an input is no mere look, and goes by itself
        early = None if stdin else partial(self._early, argv, timeout)
        done = ahead.answered(question, lambda: self._send(argv, stdin, timeout), early)
        if check and done.exit_code != 0:
            raise OperationError(
                resource=str(self),
                operation=f"run `{argv[0]}`",
                host=self._address,
                cause=done.complaint,
                next_step=f"run it by hand on {self} to see more",
            )
        return done

    def run_all(self, commands: Sequence[Sequence[str]], *, timeout: float = 60.0) -> list[Completed]:
        """What each of `commands` leaves behind, run one after the other by one command; none has an input.

        `timeout` is that of all together, in seconds. Raises as `run` does, when they cannot be run at all.
        """
        done = self.run(["sh"], stdin=batch.script(commands), timeout=timeout)
        try:
            return batch.answers(done.stdout, len(commands))
        except ValueError as error:
            raise UnobservableError(resource=str(self), host=self._address, cause=f"it was cut off: {error}") from None

    def script(self, text: str, *args: str, timeout: float = 60.0, check: bool = True) -> Completed:
        """Runs `text` with `sh -eu -c`, `args` as its positional parameters."""
        return self.run(["sh", "-euc", text, "sh", *args], timeout=timeout, check=check)

    def disconnect(self) -> None:
        """Makes the next command log in anew (the login's groups changed, or the guest was restarted)."""
        ssh.disconnect(self._route(())[0])

    def _send(self, argv: Sequence[str], stdin: bytes, timeout: float) -> Completed:
        account, wrapped = self._route(argv)
        try:
            done = ssh.run(account, wrapped, stdin=stdin, timeout=timeout)
        except SshError as error:
            raise UnobservableError(resource=str(self), host=account.address, cause=str(error)) from None
        if isinstance(self.target, LxcTarget) and done.exit_code == 255 and b"not running" in done.stderr:
            raise UnobservableError(resource=str(self), host=account.address, cause="it is not running")
        return done

    def _early(self, argv: Sequence[str], timeout: float, asking: Answers) -> Completed:
        return asking.lines.to(self.target, self._send).run(argv, timeout, asking.rank)

    @property
    def _address(self) -> str:
        return self.target.address if isinstance(self.target, VmTarget) else split_node(self.target.node)[0]

    def _route(self, argv: Sequence[str]) -> tuple[Account, list[str]]:
        match self.target:
            case NodeTarget():
                return node_account(self._settings, self.target.node), list(argv)
            case LxcTarget(vmid=vmid):
                return node_account(self._settings, self.target.node), ["pct", "exec", str(vmid), "--", *argv]
            case VmTarget():
                return vm_account(self._settings, self.target), ["sudo", "-n", "--", *argv]


def open_shell(settings: Settings, target: Target) -> Shell:
    """A shell on `target`; connects on first use, connections are shared by the whole process."""
    return Shell(settings, target)


def node_account(settings: Settings, node: str) -> Account:
    """root on a Proxmox VE node (a NodeAddress), its host key pinned by the `knownHosts` setting."""
    address, port = split_node(node)
    return Account("root", address, str(settings.ssh_key), str(settings.known_hosts), port)


def vm_account(settings: Settings, target: VmTarget) -> Account:
    """The cloud-init user of a VM, its host key learned through the node's guest agent channel.

    Raises UnobservableError when the guest agent does not answer.
    """
    return Account(target.user, target.address, str(settings.ssh_key), (vm_host_key(settings, target),))


def vm_host_key(settings: Settings, target: VmTarget) -> str:
    """The VM's public ed25519 host key in OpenSSH's one-line form, read by `qm guest exec`, once a process."""
    with _host_keys_lock:
        asking = _asking.setdefault((target.node, target.vmid), threading.Lock())
    # several that need it at the same moment wait for the one that asks
    with asking:
        known = _host_keys.get((target.node, target.vmid))
        return _learned(settings, target) if known is None else known


def _learned(settings: Settings, target: VmTarget) -> str:
    account = node_account(settings, target.node)
    argv = ["qm", "guest", "exec", str(target.vmid), "--", "cat", _HOST_KEY]
    try:
        done = ssh.run(account, argv, timeout=30.0)
    except SshError as error:
        raise UnobservableError(resource=str(target), host=target.node, cause=str(error)) from None
    key = _agent_output(done)
    if not key.startswith("ssh-"):
        cause = f"its guest agent gave no SSH host key: {done.complaint}"
        raise UnobservableError(resource=str(target), host=target.node, cause=cause)
    with _host_keys_lock:
        _host_keys[target.node, target.vmid] = key
    return key


def forget_host_key(target: VmTarget) -> None:
    """Lets the next connection learn the host key anew (after the VM was made again)."""
    with _host_keys_lock:
        _host_keys.pop((target.node, target.vmid), None)


def _agent_output(done: Completed) -> str:
    # qm reports the command's own exit code inside its JSON answer, not as its own
    if done.exit_code != 0:
        return ""
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        return ""
    if not isinstance(answer, dict) or answer.get("exitcode") != 0:
        return ""
    return str(answer.get("out-data", "")).strip()
