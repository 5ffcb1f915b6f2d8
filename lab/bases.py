"""Base images: Debian root directories made by mmdebstrap, cached by the hash of their recipe."""

import hashlib
import json
import os
import shutil
import stat
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lab.apt import CODENAME, machine_options, machine_sources
from lab.place import cache_dir
from toolchain.install import whole

COMMON = ("systemd", "systemd-sysv", "dbus", "ca-certificates", "curl", "iproute2", "procps", "iputils-ping")
# Caches and labs that exist know the node's image by this name; another would have it built anew.
NODE_KIND = "hypervisor"
PACKAGES = {
    NODE_KIND: (
        *(*COMMON, "openssh-server", "dnsmasq", "lxc", "nftables", "iptables", "python3", "docker-registry"),
        *("rsync", "openssl"),
    ),
    "lxc": COMMON,
    "vm": (*COMMON, "openssh-server", "sudo", "iptables"),
}
# Nobody reads manuals in there, and a crash costs no more than a new lab.
DPKG = ["force-unsafe-io", *(f"path-exclude=/usr/share/{part}/*" for part in ("man", "doc", "locale", "info"))]
# Periodic jobs, consoles and kernel helpers that have no meaning in a container.
MASKED = (
    *("apt-daily.timer", "apt-daily-upgrade.timer", "e2scrub_all.timer", "fstrim.timer", "dpkg-db-backup.timer"),
    *("e2scrub_reap.service", "systemd-pstore.service", "console-getty.service", "getty.target"),
    *("sys-kernel-debug.mount", "sys-kernel-tracing.mount", "sys-kernel-config.mount", "sys-fs-fuse-connections.mount"),
    *("run-rpc_pipefs.mount", "rpcbind.service", "rpcbind.socket", "nfs-client.target"),
    *("lxc.service", "lxc-net.service", "lxc-monitord.service"),
)
BUILD_LIMIT = 1800
# Where the uids and gids of an unprivileged container start on the node.
SHIFT = 100000


@dataclass(frozen=True)
class Base:
    """A base image: its kind (NODE_KIND, ``lxc`` or ``vm``) and the directory that holds or will hold it."""

    kind: str
    path: Path

    def __str__(self) -> str:
        return f"{'node' if self.kind == NODE_KIND else self.kind} base image"


def base(kind: str, pinned: str | None = None) -> Base:
    """The base of a kind: the ``pinned`` one while the cache has it, else the current recipe's."""
    recipe = json.dumps([CODENAME, PACKAGES[kind], DPKG, MASKED, 1])
    name = f"{kind}-{hashlib.sha256(recipe.encode()).hexdigest()[:16]}"
    if pinned and (cache_dir() / pinned).is_dir():
        name = pinned
    return Base(kind, cache_dir() / name)


def shifted(wanted: Base) -> Base:
    """The copy of a base for unprivileged containers: every owner is 100000 higher."""
    return Base(wanted.kind, wanted.path.with_name(wanted.path.name + "-unprivileged"))


def build(wanted: Base, say: Callable[[str], None]) -> None:
    """Make a base unless it is there. An interrupted build leaves nothing that could be taken for a base.

    :raises RuntimeError: mmdebstrap failed; the message ends with its last lines.
    :raises toolchain.report.ToolchainError: another process builds the same and does not end.
    """
    if wanted.path.is_dir():
        return
    with whole(wanted.path, f"the lab's {wanted}") as room:
        if room is None:
            return
        say(f"building the {wanted} (once; half a minute to two minutes)")
        _bootstrap(wanted, room)
        _prepare(room)
        if wanted.kind == "lxc":
            _shift(room, shifted(wanted).path)


def _bootstrap(wanted: Base, target: Path) -> None:
    command = ["mmdebstrap", "--mode=root", "--variant=minbase", f"--include={','.join(PACKAGES[wanted.kind])}"]
    command += [f"--dpkgopt={option}" for option in DPKG]
    command += [f"--aptopt={option}" for option in ('APT::Install-Recommends "false";', *machine_options())]
    command += [CODENAME, str(target), *machine_sources()]
    run = subprocess.run(command, capture_output=True, text=True, timeout=BUILD_LIMIT, check=False)
    if run.returncode:
        raise RuntimeError(f"mmdebstrap failed for the {wanted}:\n{run.stderr[-1500:]}")


def _prepare(root: Path) -> None:
    """Take out what belongs to one machine only, and what a container does not need."""
    for file in [*root.glob("etc/ssh/ssh_host_*"), root / "etc/resolv.conf", root / "etc/hostname"]:
        file.unlink(missing_ok=True)
    (root / "etc/machine-id").write_text("")
    for file in [*root.glob("etc/apt/apt.conf.d/*mmdebstrap"), *root.glob("etc/apt/sources.list.d/*")]:
        file.unlink()
    (root / "etc/apt/sources.list").write_text("deb [trusted=yes] http://10.0.0.13:8081/debian ./\n")
    (root / "etc/apt/apt.conf.d/10lab").write_text('APT::Install-Recommends "false";\nAcquire::Languages "none";\n')
    for unit in MASKED:
        link = root / "etc/systemd/system" / unit
        link.unlink(missing_ok=True)
        link.symlink_to("/dev/null")


def _shift(root: Path, target: Path) -> None:
    """Copy a root directory and raise all owners; the bits that a change of owner clears are set again."""
    shutil.rmtree(target, ignore_errors=True)
    subprocess.run(["cp", "-a", str(root), str(target)], check=True, timeout=300)
    for folder, _, _ in os.walk(target):
        below = [os.path.join(folder, name) for name in os.listdir(folder)]
        for path in [*([folder] if folder == str(target) else []), *below]:
            status = os.lstat(path)
            os.lchown(path, status.st_uid + SHIFT, status.st_gid + SHIFT)
            if not stat.S_ISLNK(status.st_mode):
                os.chmod(path, stat.S_IMODE(status.st_mode))
