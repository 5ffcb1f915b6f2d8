"""The node's boot and shutdown as its guests see them, and guests that power themselves off."""

import asyncio
import os
import re
import socket
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from aiohttp import web
from fakepve import FakeCt, FakeVm, TaskError

from lab.inside.api import NodeApi, guests
from lab.inside.fwservice import FirewallService
from lab.inside.options import yes
from lab.inside.runtime import running
from lab.inside.works import Works, mark

SHUTDOWN_LIMIT = 20
LAST = 999


class Lifecycle:
    """Starts what has to run when the node boots, and notices what stopped by itself."""

    def __init__(self, pve: NodeApi, works: Works, firewall: FirewallService) -> None:
        self.pve, self.works, self.firewall = pve, works, firewall
        self.halting = False
        self._busy: Counter[int] = Counter()

    @contextmanager
    def busy(self, vmid: Any) -> Iterator[None]:
        """While it lasts, the guest's power state is a task's affair."""
        key = int(vmid) if str(vmid).isdigit() else 0
        self._busy[key] += 1
        try:
            yield
        finally:
            self._busy[key] -= 1

    def during(self, vmid: Any, work: Callable[[], Awaitable[Any]]) -> Callable[[], Awaitable[Any]]:
        """The work, with its guest marked busy."""

        async def marked() -> Any:
            with self.busy(vmid):
                return await work()

        return marked

    async def boot(self, _: web.Request) -> web.Response:
        """Start the guests that ran at the last shutdown or have ``onboot``, by start order, equals together."""
        due = [
            g for g in guests(self.pve) if (g.status == "running" or yes(g.config.get("onboot", 0))) and not g.template
        ]
        lines = []
        for order in sorted({start_order(guest) for guest in due}):
            level = [guest for guest in due if start_order(guest) == order and guest.vmid not in running()]
            results = await asyncio.gather(*(self._start(guest) for guest in level), return_exceptions=True)
            for guest, result in zip(level, results, strict=True):
                if isinstance(result, BaseException):
                    mark(guest, "stopped")
                lines.append(f"{guest.vmid} {result or 'started'}\n")
        self.pve.keep()
        return web.Response(text="".join(lines))

    async def _start(self, guest: FakeCt | FakeVm) -> None:
        with self.busy(guest.vmid):
            await self.works.power(guest)

    async def halt(self, _: web.Request) -> web.Response:
        """Stop all guests side by side. The stored state keeps them running, so that the next boot starts them."""
        self.halting = True
        stops = [self.pve.runtime.stop(vmid, timeout=SHUTDOWN_LIMIT) for vmid in running()]
        await asyncio.gather(*stops, return_exceptions=True)
        return web.Response(text=f"{len(stops)} stopped\n")

    async def watch(self) -> None:
        """Once a second: a guest that is said to run but has no init is stopped, and its disk is unmounted; the
        firewall takes up what changed."""
        while not self.halting:
            await asyncio.sleep(1)
            with suppress(TaskError):
                await self.firewall.follow()
            alive = running()
            for guest in guests(self.pve):
                if guest.status == "running" and guest.vmid not in alive and not self._busy[guest.vmid]:
                    mark(guest, "stopped")
                    try:
                        await self.pve.runtime.stop(guest.vmid)
                    except TaskError:
                        continue
                    self.pve.keep()


def start_order(guest: FakeCt | FakeVm) -> int:
    """The number in ``startup: order=N``; guests without one come last."""
    found = re.search(r"(?:^|order=)(\d+)", str(guest.config.get("startup", "")))
    return int(found.group(1)) if found else LAST


def notify_systemd(message: str) -> None:
    """sd_notify."""
    address = os.environ.get("NOTIFY_SOCKET")
    if address:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as connection:
            connection.connect("\0" + address[1:] if address.startswith("@") else address)
            connection.send(message.encode())
