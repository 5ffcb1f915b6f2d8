"""What the machine must offer, checked before anything is done."""

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

PACKAGES = {
    "lxc-start": "lxc", "mmdebstrap": "mmdebstrap", "newuidmap": "uidmap", "nft": "nftables",
    "ip": "iproute2", "ssh-keygen": "openssh-client",
}  # fmt: skip
FILESYSTEMS = ("overlay",)
INOTIFY, ENOUGH_INOTIFY = Path("/proc/sys/fs/inotify/max_user_instances"), 1024
CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000


def problems(*, packages: bool = True) -> list[str]:
    """Everything that keeps the lab from running here, each with what to do; empty when it can run."""
    found = []
    if os.geteuid() != 0:
        found.append("not root: run it as root, or with sudo")
    elif not _namespaces():
        found.append("no namespaces: the kernel or the surrounding container refuses to make them")
    known = Path("/proc/filesystems").read_text()
    found += [f"no {name} file system in this kernel" for name in FILESYSTEMS if f"\t{name}\n" not in known]
    if not Path("/sys/fs/cgroup").is_dir() or "cgroup" not in Path("/proc/self/mounts").read_text():
        found.append("no control groups are mounted below /sys/fs/cgroup")
    if packages:
        found += [f"package {package} is missing: apt-get install {package}" for package in missing_packages()]
    return found


def missing_packages() -> list[str]:
    """Debian packages whose command is not on PATH."""
    return [package for command, package in PACKAGES.items() if not shutil.which(command)]


def raise_inotify_limit(say: Callable[[str], None], limit: Path = INOTIFY) -> None:
    """Every systemd in a guest takes some ten inotify instances; Debian's 128 a user end at some 14 guests."""
    if int(limit.read_text()) < ENOUGH_INOTIFY:
        limit.write_text(f"{ENOUGH_INOTIFY}\n")
        say(f"{limit} raised to {ENOUGH_INOTIFY}, until the machine restarts")


def install(packages: list[str], say: Callable[[str], None]) -> None:
    """Install Debian packages.

    :raises RuntimeError: apt-get failed; the message ends with its last lines.
    """
    say(f"installing packages: {' '.join(packages)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-q"], ["apt-get", "install", "-qy", "--no-install-recommends", *packages]):
        run = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False, env=environment)
        if run.returncode:
            raise RuntimeError(f"{' '.join(command)} failed:\n{run.stderr[-1000:]}")


def _namespaces() -> bool:
    """Whether a child can have a mount and a network namespace of its own."""
    child = os.fork()
    if child == 0:
        os._exit(1 if ctypes.CDLL(None).unshare(CLONE_NEWNS | CLONE_NEWNET) else 0)
    return os.waitpid(child, 0)[1] == 0


def main() -> int:
    """Tell what keeps the lab from running here; packages that are only missing are installed later. Exit code 1."""
    found = problems(packages=False)
    for problem in found:
        print(f"lab: it cannot run here: {problem}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
