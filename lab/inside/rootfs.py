"""What Proxmox and cloud-init write into a guest's root file system before it starts."""

import os
import re
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from lab.inside.disks import Disks
from lab.inside.options import properties

BEGIN, END = "# --- BEGIN PVE ---", "# --- END PVE ---"
SEED = "var/lib/cloud/seed"


class RootFs:
    """The stopped guest's files: read through its layers, written to the uppermost."""

    def __init__(self, disks: Disks, vmid: int) -> None:
        self.upper, self.lower = disks.upper(vmid), disks.lower(vmid)
        self.owner = disks.of[vmid].owner

    def read(self, path: str) -> str:
        """A file's text; empty when there is none."""
        for layer in (self.upper, *self.lower):
            if (layer / path).is_file():
                return (layer / path).read_text()
        return ""

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        """Write a file as the guest's root."""
        file = self.upper / path
        for folder in reversed([parent for parent in file.parents if parent.is_relative_to(self.upper)]):
            if not folder.exists():
                self._make(folder)
        file.unlink(missing_ok=True)
        file.write_text(text)
        file.chmod(mode)
        os.chown(file, self.owner, self.owner)

    def _make(self, folder: Path) -> None:
        """A directory in the upper layer hides the mode of the one below, so it takes that over."""
        folder.mkdir()
        below = next(
            (
                layer / folder.relative_to(self.upper)
                for layer in self.lower
                if (layer / folder.relative_to(self.upper)).is_dir()
            ),
            None,
        )
        if below:
            shutil.copystat(below, folder)
            os.chown(folder, below.stat().st_uid, below.stat().st_gid)
        else:
            os.chown(folder, self.owner, self.owner)


def container(root: RootFs, config: dict[str, Any]) -> None:
    """Host name, hosts and name server of a container, as Proxmox writes them at each start."""
    name = str(config.get("hostname", "localhost"))
    root.write("etc/hostname", name + "\n")
    address = properties(str(config.get("net0", ""))).get("ip", "").partition("/")[0]
    domains = str(config.get("searchdomain", "")).split()
    names = f"{name}.{domains[0]} {name}" if domains else name
    _hosts(root, f"{address} {names}" if re.fullmatch(r"[\d.]+", address) else f"127.0.1.1 {names}")
    if config.get("nameserver") or config.get("searchdomain"):
        root.write("etc/resolv.conf", resolv_conf(config))
    elif not root.read("etc/resolv.conf"):
        root.write("etc/resolv.conf", Path("/etc/resolv.conf").read_text())


def machine(root: RootFs, config: dict[str, Any]) -> None:
    """The cloud-init drive of a VM, as plain files that its cloud-init reads when it starts."""
    seed = {
        "hostname": str(config.get("name", "localhost")),
        "user": str(config.get("ciuser", "")),
        "keys": unquote(str(config.get("sshkeys", ""))).strip(),
        "password": str(config.get("cipassword", "")),
        "resolv.conf": resolv_conf(config),
        "address": properties(str(config.get("ipconfig0", ""))).get("ip", "").partition("/")[0],
        "domain": (str(config.get("searchdomain", "")).split() or [""])[0],
    }
    for name, value in seed.items():
        root.write(f"{SEED}/{name}", value + "\n" if value else "", 0o600)
    root.write("etc/hostname", seed["hostname"] + "\n")


def resolv_conf(config: dict[str, Any]) -> str:
    """resolv.conf from ``nameserver`` and ``searchdomain``."""
    lines = [f"search {config['searchdomain']}"] if config.get("searchdomain") else []
    lines += [f"nameserver {server}" for server in re.split(r"[\s,]+", str(config.get("nameserver", ""))) if server]
    return "\n".join(lines) + "\n" if lines else ""


def _hosts(root: RootFs, entry: str) -> None:
    text = root.read("etc/hosts") or "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n"
    text = re.sub(rf"{BEGIN}.*?{END}\n?", "", text, flags=re.DOTALL)
    root.write("etc/hosts", f"{text.rstrip()}\n{BEGIN}\n{entry}\n{END}\n")
