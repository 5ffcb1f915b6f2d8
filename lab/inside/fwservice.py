"""The pve-firewall service: reads the files, checks them, loads the rules, and keeps up with the guests."""

import logging
from contextlib import suppress
from pathlib import Path

from aiohttp import web
from fakepve import FakeCt, FakeVm, TaskError

from lab.inside.api import NodeApi, guests
from lab.inside.fwfile import FOLDER, HOST, read
from lab.inside.fwrules import TABLE, Protected, ruleset
from lab.inside.options import numbered, properties, yes
from lab.inside.shell import sh

journal = logging.getLogger("pve-firewall")


class FirewallService:
    """Started and stopped by ``pve-firewall``; while it runs, a changed guest or file is taken up within a second."""

    def __init__(self, pve: NodeApi) -> None:
        self.pve = pve
        self.running = False
        self._loaded = ""

    async def start(self, _: web.Request) -> web.Response:
        """Load everything anew. As on a real node, a line that cannot be understood is told in the log alone."""
        try:
            text, dropped = self.compile()
            await self._load(text)
        except (TaskError, ValueError) as e:
            return web.Response(status=422, text=f"{e}\n")
        for line in dropped:
            journal.warning("%s", line)
        self.running = True
        return web.Response(text="")

    async def stop(self, _: web.Request) -> web.Response:
        """Take all rules away."""
        self.running, self._loaded = False, ""
        await sh("nft", f"table inet {TABLE} {{}}; delete table inet {TABLE}")
        return web.Response(text="")

    async def status(self, _: web.Request) -> web.Response:
        """The words of ``pve-firewall status``."""
        state = "running" if self.running else "stopped"
        word = "enabled" if read(FOLDER / "cluster.fw").on() else "disabled"
        return web.Response(text=f"Status: {word}/{state}\n")

    async def show(self, _: web.Request) -> web.Response:
        """``pve-firewall compile``: the rules that would be loaded, behind the lines that are left out."""
        try:
            text, dropped = self.compile()
        except ValueError as e:
            return web.Response(status=422, text=f"{e}\n")
        return web.Response(text="".join(f"# {line}\n" for line in dropped) + text)

    async def follow(self) -> None:
        """Take up what changed since the last load."""
        if self.running:
            with suppress(ValueError):
                text, _ = self.compile()
                if text != self._loaded:
                    await self._load(text)

    def compile(self) -> tuple[str, list[str]]:
        """The rules for nft, and every line of the files that they leave out.

        :raises ValueError: a macro that cannot be enforced here.
        """
        cluster = read(FOLDER / "cluster.fw")
        dropped = list(cluster.dropped)
        host = read(HOST, cluster, "host")
        dropped += host.dropped
        protected = []
        for guest in guests(self.pve):
            own = read(FOLDER / f"{guest.vmid}.fw", cluster, "vm" if isinstance(guest, FakeVm) else "ct")
            dropped += own.dropped
            if own.on() and (addresses := guarded(guest)):
                protected.append(Protected(guest.vmid, own, addresses))
        for file in self._unowned():
            dropped += read(file, cluster, "ct").dropped
        return ruleset(cluster, protected, host), dropped

    def _unowned(self) -> list[Path]:
        """Guest files whose guest does not exist yet: checked, but without effect."""
        known = {str(guest.vmid) for guest in guests(self.pve)}
        return [f for f in sorted(FOLDER.glob("*.fw")) if f.stem.isdigit() and f.stem not in known]

    async def _load(self, text: str) -> None:
        await sh("nft", "-f", "-", stdin=text.encode())
        self._loaded = text


def guarded(guest: FakeCt | FakeVm) -> dict[str, str]:
    """The addresses of a guest's network cards that have ``firewall=1``, by card."""
    found = {}
    for key, value in numbered(guest.config, "net"):
        net = properties(value, "model")
        source = str(guest.config.get(f"ipconfig{key[3:]}", "")) if isinstance(guest, FakeVm) else value
        address = properties(source, "model").get("ip", "").partition("/")[0]
        if yes(net.get("firewall", 0)) and address[:1].isdigit():
            found[key] = address
    return found
