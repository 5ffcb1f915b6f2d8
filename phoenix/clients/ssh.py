"""SSH for a whole run: one pooled connection an account, host keys always checked.

The connections live on one background event loop, because Pulumi calls providers from several threads. asyncssh takes a
fifth of a second to import, and is only when a first connection is made: most processes of a run make none.
"""

from __future__ import annotations

import asyncio
import shlex
import threading
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from phoenix.vocabulary.network import SSH_PORT

if TYPE_CHECKING:
    import asyncssh

PORT = SSH_PORT
CONNECT_SECONDS = 10.0
KEEPALIVE_SECONDS = 15
SESSIONS = 8
"""Commands at a time on one connection: OpenSSH refuses more than ten (MaxSessions), and some are the operator's."""

T = TypeVar("T")


@dataclass(frozen=True)
class Account:
    """Who logs in where, with which key file; `known_hosts` is a file's path or the host's public keys."""

    user: str
    address: str
    key_file: str
    known_hosts: str | tuple[str, ...]
    port: int = field(default_factory=lambda: PORT)


@dataclass(frozen=True)
class Completed:
    """What a remote command left behind."""

    exit_code: int
    stdout: bytes
    stderr: bytes

    @property
    def text(self) -> str:
        """Standard output, decoded, without the last newline."""
        return self.stdout.decode(errors="replace").rstrip("\n")

    @property
    def complaint(self) -> str:
        """The command's own words about its failure."""
        said = self.stderr.decode(errors="replace").strip() or self.text.strip()
        return said or f"exit code {self.exit_code} without a message"


class SshError(Exception):
    """The connection could not be made, was lost, or the command outlived its time limit."""


class _Loop:
    """The event loop's thread, started on first use."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    def run(self, make: Callable[[], Coroutine[Any, Any, T]], timeout: float) -> T:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="ssh", daemon=True).start()
        future = asyncio.run_coroutine_threadsafe(make(), self._loop)
        try:
            return future.result(timeout)
        except TimeoutError:
            # asyncssh's own TimeoutError is one too: it comes out of the coroutine, so the future is done
            if future.done():
                raise
            future.cancel()
            raise SshError(f"no answer within {timeout:.0f} s") from None


_loop = _Loop()
_connections: dict[Account, asyncssh.SSHClientConnection] = {}
_under_way: dict[asyncssh.SSHClientConnection, int] = {}
"""Commands on each connection: one that is forgotten ends with the last of them."""
_locks: dict[Account, asyncio.Lock] = {}
_sessions: dict[Account, threading.Semaphore] = {}
_sessions_lock = threading.Lock()


def _known_hosts(account: Account) -> Any:
    import asyncssh

    if isinstance(account.known_hosts, str):
        return account.known_hosts
    return ([asyncssh.import_public_key(key) for key in account.known_hosts], [], [])


async def _connected(account: Account) -> asyncssh.SSHClientConnection:
    import asyncssh

    lock = _locks.setdefault(account, asyncio.Lock())
    async with lock:
        connection = _connections.get(account)
        if connection is None or connection.is_closed():
            connection = await asyncssh.connect(
                account.address,
                port=account.port,
                username=account.user,
                client_keys=[account.key_file],
                known_hosts=_known_hosts(account),
                agent_path=None,
                config=None,
                login_timeout=CONNECT_SECONDS,
                connect_timeout=CONNECT_SECONDS,
                keepalive_interval=KEEPALIVE_SECONDS,
            )
            _connections[account] = connection
        return connection


def _explained(account: Account, error: Exception) -> SshError:
    import asyncssh

    where = f"{account.user}@{account.address}:{account.port}"
    if isinstance(error, asyncssh.HostKeyNotVerifiable):
        return SshError(f"{where}: the host key is not the pinned one")
    if isinstance(error, asyncssh.PermissionDenied):
        return SshError(f"{where}: the key {account.key_file} is refused")
    return SshError(f"{where}: {error or type(error).__name__}")


def run(account: Account, argv: Sequence[str], *, stdin: bytes = b"", timeout: float = 60.0) -> Completed:
    """Runs `argv` (quoted for the remote shell); a non-zero exit code is a result, not an error.

    Raises SshError when the host cannot be reached or `timeout` (seconds) passes.
    """
    import asyncssh

    async def execute() -> Completed:
        connection = await _connected(account)
        # without input asyncssh would leave the command's standard input open, and `cat` would wait for ever
        given = {"input": stdin} if stdin else {"stdin": asyncssh.DEVNULL}
        _under_way[connection] = _under_way.get(connection, 0) + 1
        try:
            done = await connection.run(shlex.join(argv), encoding=None, timeout=timeout, **given)
        finally:
            _under_way[connection] -= 1
            _end_forgotten(account, connection)
        stdout, stderr = done.stdout or b"", done.stderr or b""
        assert isinstance(stdout, bytes)
        assert isinstance(stderr, bytes)
        code = done.returncode
        return Completed(255 if code is None else code, stdout, stderr)

    with _sessions_lock:
        session = _sessions.setdefault(account, threading.Semaphore(SESSIONS))
    try:
        with session:
            return _loop.run(execute, timeout + CONNECT_SECONDS)
    except asyncssh.TimeoutError:
        raise SshError(f"{account.address}: `{argv[0]}` did not end within {timeout:.0f} s") from None
    except (OSError, asyncssh.Error) as error:
        raise _explained(account, error) from None


def forward_unix_socket(account: Account, local: str, remote: str) -> None:
    """Makes `local` (a path to be created) lead to the socket `remote` on the host for the process's life.

    Raises SshError as `run` does.
    """
    import asyncssh

    async def forward() -> None:
        connection = await _connected(account)
        await connection.forward_local_path(local, remote)

    try:
        _loop.run(forward, 2 * CONNECT_SECONDS)
    except (OSError, asyncssh.Error) as error:
        raise _explained(account, error) from None


def pinned_key(known_hosts: Path, address: str, port: int) -> str:
    """The host's first plain key in a known_hosts file, as one line of OpenSSH's; raises ValueError without one."""
    import asyncssh

    # as in OpenSSH, only another port than the usual one stands beside the name
    beside = None if port == SSH_PORT else port
    try:
        keys = asyncssh.match_known_hosts(asyncssh.read_known_hosts(str(known_hosts)), address, address, beside)[0]
    except (OSError, ValueError) as error:
        raise ValueError(f"{known_hosts}: {error}") from None
    if not keys:
        raise ValueError(f"{known_hosts}: no host key of {address}")
    return keys[0].export_public_key().decode().strip()


def disconnect(account: Account) -> None:
    """Forgets the pooled connection, so that the next call logs in anew (after a guest was restarted).

    What others have under way on it goes on: they may be about to change something.
    """

    async def forget() -> None:
        connection = _connections.pop(account, None)
        if connection is not None:
            _end_forgotten(account, connection)

    _loop.run(forget, CONNECT_SECONDS)


def _end_forgotten(account: Account, connection: asyncssh.SSHClientConnection) -> None:
    if not _under_way.get(connection) and _connections.get(account) is not connection:
        _under_way.pop(connection, None)
        connection.abort()
