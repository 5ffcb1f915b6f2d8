"""The node's API: fakepve's checks and wording, with real guests behind them. Runs as pveproxy.service."""

# mypy: disallow-untyped-calls=False
import asyncio
import logging
import os
import re
import signal
import socket
from pathlib import Path
from typing import Any

from aiohttp import web
from fakepve import FakeCt, FakeVm, PveError, TaskError
from fakepve.server import params

from lab.inside import cluster, lifecycle, state, vmdisks
from lab.inside.agent import Agent
from lab.inside.disks import Disks
from lab.inside.fwservice import FirewallService
from lab.inside.runtime import Runtime
from lab.inside.waiting import Waiting
from lab.inside.works import VALUES, Works

SOCKET = "/run/lab/pve.sock"
journal = logging.getLogger("lab")


class LabPve(Waiting):
    """fakepve whose tasks act on containers, and whose state is kept."""

    node = "phoenix"

    def __init__(self) -> None:
        super().__init__(password=os.urandom(24).hex(), host="10.0.0.13")
        self.nodes = {self.node: {"online": True}}
        self.cluster_name = self.node
        # Tasks run beside the request that started them; the fake's own durations are all zero.
        self.time_scale = 1.0
        kept = state.load()
        self.disks = Disks(kept.get("disks"))
        self.runtime, self.agent = Runtime(self.disks), Agent()
        cluster.furnish(self)
        state.restore(self, kept)
        cluster.surround(self)
        cluster.admit(self)
        self.works = Works(self)
        self.firewall = FirewallService(self)
        self.lifecycle = lifecycle.Lifecycle(self, self.works, self.firewall)
        self._stored = ""

    async def answer(self, request: Any, match: Any, params: Any, user: Any, call: Any = None) -> Any:
        """Remember the checked parameters for the task that the call may start."""
        if call is None:
            return await super().answer(request, match, params, user)

        async def remembered(found: Any, values: dict[str, Any]) -> Any:
            VALUES.set(values)
            return await call(found, values)

        return await super().answer(request, match, params, user, remembered)

    async def task(
        self, node: str, ttype: str, tid: Any, user: str, body: Any, vm: Any = None, lock: Any = True, log: Any = ()
    ) -> Any:
        """Start a task whose work includes the real guest, and keep the state when it has ended."""
        work, values = self.works.of.get(ttype), VALUES.get({})

        async def whole() -> Any:
            try:
                return await (work(body, int(tid), values) if work else body())
            except PveError as e:
                raise TaskError(e.message) from e
            except TaskError:
                raise
            except Exception as e:  # whatever went wrong, the task has to end
                journal.exception("task %s of %s", ttype, tid)
                raise TaskError(str(e) or type(e).__name__) from e
            finally:
                self.keep()

        with self.lifecycle.busy(tid):
            return await super().task(node, ttype, tid, user, self.lifecycle.during(tid, whole), vm, lock, log)

    async def _status_action(self, request: Any) -> Any:
        VALUES.set(await params(request))
        return await super()._status_action(request)

    async def _update_config(self, ct: FakeCt, user: str, values: Any, deletes: Any, reverts: Any) -> None:
        before = dict(ct.config)
        await super()._update_config(ct, user, values, deletes, reverts)
        if ct.status == "running":
            try:
                await self.runtime.apply(ct, before)
            except (TaskError, OSError) as e:
                raise PveError(500, str(e)) from e

    async def _agent_call(self, match: Any, values: dict[str, Any]) -> Any:
        vm: FakeVm = self.find(values["node"], values["vmid"])
        if vm.status != "running" or "1" not in re.split("[,=]", str(vm.config.get("agent", "0"))):
            raise PveError(
                500, "QEMU guest agent is not running" if vm.status == "running" else f"VM {vm.vmid} not running"
            )
        answer = await self.agent.answer(vm, match.template.rsplit("/", 1)[1], values)
        if answer is not NotImplemented:
            return answer
        vm.agent = {}
        return await super()._agent_call(match, values)

    def _qm_new_drive(self, vmid: int, key: str, value: str, default: Any) -> Any:
        return vmdisks.new_drive(self, super()._qm_new_drive, vmid, key, value, default)

    def _routes_lab(self) -> list[Any]:
        return [("PUT", "/nodes/{node}/qemu/{vmid}/resize", self._qm_resize)]

    async def _qm_resize(self, values: dict[str, Any], user: str) -> Any:
        return await vmdisks.resize(self, values, user)

    def _authenticate(self, request: Any) -> Any:
        """Whoever can open the node's own socket is root there; everybody else logs in."""
        connection = request.transport.get_extra_info("socket")
        if connection is not None and connection.family == socket.AF_UNIX:
            return "root@pam"
        return super()._authenticate(request)

    def _build_app(self) -> web.Application:
        app: web.Application = super()._build_app()

        @web.middleware
        async def keeping(request: web.Request, handler: Any) -> Any:
            try:
                return await handler(request)
            finally:
                if request.method != "GET":
                    self.keep()

        app.middlewares.insert(0, keeping)
        app.router.add_post("/boot", self.lifecycle.boot)
        app.router.add_post("/halt", self.lifecycle.halt)
        app.router.add_post("/firewall/start", self.firewall.start)
        app.router.add_post("/firewall/stop", self.firewall.stop)
        app.router.add_get("/firewall/status", self.firewall.status)
        app.router.add_get("/firewall/compile", self.firewall.show)
        return app

    def keep(self) -> None:
        """Store the state if it changed."""
        if self.lifecycle.halting:
            return
        text = state.capture(self)
        if text != self._stored:
            state.store(text)
            state.conf_files(self)
            self._stored = text

    def firewall_state(self) -> dict[str, Any]:
        """The firewall configuration made through the API."""
        kept: dict[str, Any] = self._fw()
        return kept

    def restore_firewall(self, kept: dict[str, Any]) -> None:
        """Put a stored firewall configuration back; JSON made strings of the VMIDs."""
        self._fw_state = {**kept, "guests": {int(vmid): conf for vmid, conf in kept["guests"].items()}}


async def serve() -> None:
    """Answer on 10.0.0.13:8006 and on the node's own socket until SIGTERM."""
    pve = LabPve()
    await pve.start("/etc/lab/pve.pem", "/etc/lab/pve.key")
    Path(SOCKET).unlink(missing_ok=True)
    assert pve.runner is not None
    await web.UnixSite(pve.runner, SOCKET).start()
    os.chmod(SOCKET, 0o600)
    pve.keep()
    watch = asyncio.ensure_future(pve.lifecycle.watch())
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    lifecycle.notify_systemd("READY=1")
    await ended.wait()
    watch.cancel()
    await pve.stop()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    asyncio.run(serve())
