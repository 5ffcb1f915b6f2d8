"""The QEMU guest agent of a VM's stand-in: what it is asked is done in the guest."""

import asyncio
import base64
import itertools
import json
from typing import Any

from fakepve import FakeVm, PveError, TaskError

from lab.inside.attach import command
from lab.inside.shell import outcome, sh

READY = "/run/qemu-guest-agent.ready"
EXEC_LIMIT = 3600.0
OUTPUT_LIMIT = 16 * 1024 * 1024


class Agent:
    """Commands under way and their results, by VM and process ID."""

    def __init__(self) -> None:
        self._pids = itertools.count(2000)
        self._results: dict[tuple[int, int], dict[str, Any] | None] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def answer(self, vm: FakeVm, name: str, values: dict[str, Any]) -> Any:
        """The data for one agent command, or NotImplemented for one that the caller's fake should answer.

        :raises PveError: no agent answers (500), or the command is refused.
        """
        code, _, _ = await outcome(*command(vm.vmid), "test", "-e", READY, limit=20)
        if code:
            raise PveError(500, "QEMU guest agent is not running")
        if name == "exec":
            return {"pid": self._execute(vm.vmid, list(values["command"]), values.get("input-data"))}
        if name == "exec-status":
            return self._status(vm.vmid, int(values["pid"]))
        if name == "network-get-interfaces":
            return {"result": _interfaces(json.loads(await sh(*command(vm.vmid), "ip", "-j", "addr")))}
        if name == "file-read":
            return {"content": await self._checked(vm.vmid, "cat", values["file"])}
        if name == "file-write":
            data = str(values["content"])
            raw = data.encode() if str(values.get("encode", "1")) in ("1", "True") else base64.b64decode(data)
            await self._checked(vm.vmid, "sh", "-c", 'cat > "$1"', "sh", values["file"], stdin=raw)
            return None
        return NotImplemented

    def _execute(self, vmid: int, argv: list[str], stdin: str | None) -> int:
        pid = next(self._pids)
        self._results[vmid, pid] = None

        async def run() -> None:
            try:
                code, out, err = await outcome(
                    *command(vmid), *argv, limit=EXEC_LIMIT, stdin=(stdin or "").encode() or None
                )
            except TaskError as e:
                code, out, err = 124, b"", str(e).encode()
            result: dict[str, Any] = {"exited": 1, "exitcode": code}
            for key, data in (("out-data", out), ("err-data", err)):
                if data:
                    result[key] = data[:OUTPUT_LIMIT].decode(errors="replace")
            self._results[vmid, pid] = result

        task = asyncio.ensure_future(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return pid

    def _status(self, vmid: int, pid: int) -> dict[str, Any]:
        """A finished command's result is given once, as the real agent does."""
        if (vmid, pid) not in self._results:
            raise PveError(500, f"Agent error: PID {pid} does not exist")
        result = self._results[vmid, pid]
        if result is None:
            return {"exited": 0}
        del self._results[vmid, pid]
        return result

    async def _checked(self, vmid: int, *argv: str, stdin: bytes | None = None) -> str:
        try:
            return await sh(*command(vmid), *argv, stdin=stdin)
        except TaskError as e:
            raise PveError(500, f"Agent error: {e}") from e


def _interfaces(links: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "name": link["ifname"],
            "hardware-address": link.get("address", ""),
            "ip-addresses": [
                {
                    "ip-address": a["local"],
                    "prefix": a["prefixlen"],
                    "ip-address-type": "ipv4" if a["family"] == "inet" else "ipv6",
                }
                for a in link.get("addr_info", [])
            ],
        }
        for link in links
    ]
