"""A real SSH server on loopback that runs commands as local processes, for tests of whatever works over SSH.

    @pytest.fixture
    def host(tmp_path, monkeypatch): yield from loopback_ssh.serve(tmp_path, monkeypatch)

    def test_something(host):
        host.script("systemctl", 'echo "$@" >> "$CALLS"')
        node = NodeTarget(node=node_address(host.address, host.port))
        open_shell(host.settings, node).run(["systemctl", "restart", "dnsmasq"])
        assert host.calls() == ["restart dnsmasq"]

The login, the host key and the quoting are real; the commands see the machine's own file system (use paths below
`tmp_path`) with the sandbox's `bin` first on PATH. `pct`, `qm` and `sudo` are there, acting on the same file system.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from phoenix.clients import shell, ssh
from phoenix.settings import Settings
from tests import ports

START_SECONDS = 10.0

_PCT = """
state="$SANDBOX/state"; mkdir -p "$state"
case "$1" in
  exec) id=$2; shift 3
    if [ -e "$state/$id.stopped" ]; then echo "container '$id' not running!" >&2; exit 255; fi
    exec "$@" ;;
  status) if [ -e "$state/$2.stopped" ]; then echo "status: stopped"; else echo "status: running"; fi ;;
  start) rm -f "$state/$2.stopped" ;;
  stop|shutdown) touch "$state/$2.stopped" ;;
  *) echo "pct: unknown command $1" >&2; exit 2 ;;
esac
"""
_QM = """
state="$SANDBOX/state"; mkdir -p "$state"
case "$1" in
  guest) printf '{"exitcode": 0, "exited": 1, "out-data": "%s\\\\n"}\\n' "$(cat "$SANDBOX/host_key.pub")" ;;
  status) if [ -e "$state/$2.stopped" ]; then echo "status: stopped"; else echo "status: running"; fi ;;
  start) rm -f "$state/$2.stopped" ;;
  stop|shutdown) touch "$state/$2.stopped" ;;
  *) echo "qm: unknown command $1" >&2; exit 2 ;;
esac
"""
_SUDO = """
while [ "$1" != -- ]; do shift; done
shift
exec "$@"
"""


@dataclass(frozen=True)
class Loopback:
    """A running server: `address` listens on `port`, `sandbox` holds `bin/`, `calls` and `state/`."""

    address: str
    port: int
    sandbox: Path
    settings: Settings

    def script(self, name: str, body: str) -> Path:
        """Puts an executable POSIX shell script first on PATH; `$CALLS` names a log file, `$SANDBOX` the folder."""
        path = self.sandbox / "bin" / name
        path.write_text(f"#!/bin/sh\n{body.strip()}\n")
        path.chmod(0o755)
        return path

    def calls(self) -> list[str]:
        """What the scripts wrote to `$CALLS`, a line each."""
        log = self.sandbox / "calls"
        return log.read_text().splitlines() if log.exists() else []

    def stop_guest(self, vmid: int) -> None:
        """Makes `pct` and `qm` tell that guest `vmid` is stopped."""
        (self.sandbox / "state").mkdir(exist_ok=True)
        (self.sandbox / "state" / f"{vmid}.stopped").touch()


class _Server(asyncssh.SSHServer):
    def __init__(self, connections: list[asyncssh.SSHServerConnection]) -> None:
        self._connections = connections

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connections.append(conn)

    def begin_auth(self, username: str) -> bool:  # noqa: ARG002
        return True

    def unix_connection_requested(self, dest_path: str) -> bool:  # noqa: ARG002
        return True


async def _execute(process: asyncssh.SSHServerProcess[bytes], environment: dict[str, str]) -> None:
    child = subprocess.Popen(
        ["/bin/sh", "-c", process.command or "exit 64"],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    # everything at once: a redirected pipe loses the last words of a command that ends without reading its input
    whole = asyncio.ensure_future(_communicate(process, child))
    closed = asyncio.ensure_future(process.channel.wait_closed())
    try:
        await asyncio.wait([whole, closed], return_when=asyncio.FIRST_COMPLETED)
        if not closed.done():
            stdout, stderr = whole.result()
            process.stdout.write(stdout)
            process.stderr.write(stderr)
            code = child.returncode
            process.exit(code if code >= 0 else 128 - code)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        closed.cancel()
        await asyncio.wait([whole, closed], timeout=START_SECONDS)
        await process.wait_closed()


async def _communicate(
    process: asyncssh.SSHServerProcess[bytes], child: "subprocess.Popen[bytes]"
) -> tuple[bytes, bytes]:
    given = await process.stdin.read()
    return await asyncio.to_thread(child.communicate, given)


def _settings(sandbox: Path, login: asyncssh.SSHKey, host_key: asyncssh.SSHKey, names: Sequence[str]) -> Settings:
    login.write_private_key(sandbox / "login")
    (sandbox / "login").chmod(0o600)
    pinned = host_key.export_public_key().decode().strip()
    (sandbox / "host_key.pub").write_text(pinned)
    (sandbox / "known_hosts").write_text("".join(f"{name} {pinned}\n" for name in names))
    (sandbox / "ca.pem").touch()
    return Settings.model_validate(
        {
            "environment": "testing",
            "proxmoxToken": "root@pam!test=00000000-0000-0000-0000-000000000000",
            "proxmoxCa": sandbox / "ca.pem",
            "sshKey": sandbox / "login",
            "knownHosts": sandbox / "known_hosts",
            "portainerAdminPassword": "not-a-real-password",
            "agentSecret": "not-a-real-secret",
        }
    )


def serve(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, addresses: Sequence[str] = ("127.0.0.1",)
) -> Iterator[Loopback]:
    """Serves on one free port of every address of `addresses` (all 127/8) until the generator is closed.

    The first address is the node; a guest's SSH port is that one for the time being.
    """
    sandbox = tmp_path / "ssh"
    (sandbox / "bin").mkdir(parents=True)
    environment = {
        **os.environ,
        "PATH": f"{sandbox / 'bin'}:{os.environ.get('PATH', '/usr/sbin:/usr/bin:/sbin:/bin')}",
        "SANDBOX": str(sandbox),
        "CALLS": str(sandbox / "calls"),
    }
    login, host_key = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="loopback-ssh", daemon=True)
    thread.start()

    def on_loop(work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(START_SECONDS)

    async def listen() -> list[asyncssh.SSHAcceptor]:
        allowed = asyncssh.import_authorized_keys(login.export_public_key().decode())
        return [
            await asyncssh.listen(
                sock=sock,
                server_factory=lambda: _Server(connections),
                server_host_keys=[host_key],
                authorized_client_keys=allowed,
                process_factory=lambda process: _execute(process, environment),
                encoding=None,
            )
            for sock in ports.listening(addresses)
        ]

    connections: list[asyncssh.SSHServerConnection] = []
    acceptors: list[asyncssh.SSHAcceptor] = on_loop(listen())

    async def close() -> None:
        for acceptor in acceptors:
            acceptor.close()
        for connection in connections:
            connection.abort()
            await connection.wait_closed()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if others:
            await asyncio.wait(others, timeout=START_SECONDS / 2)

    try:
        port = acceptors[0].get_port()
        monkeypatch.setattr(ssh, "PORT", port)
        # a VM of an earlier test had another host key
        monkeypatch.setattr(shell, "_host_keys", {})
        names = [f"[{address}]:{port}" for address in addresses]
        loopback = Loopback(addresses[0], port, sandbox, _settings(sandbox, login, host_key, names))
        for name, body in {"pct": _PCT, "qm": _QM, "sudo": _SUDO}.items():
            loopback.script(name, body)
        yield loopback
    finally:
        on_loop(close())
        loop.call_soon_threadsafe(loop.stop)
        thread.join(START_SECONDS)
        loop.close()
