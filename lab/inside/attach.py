"""Entering a running guest."""

import ctypes
import os
import subprocess
from pathlib import Path

ENVIRONMENT = ("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root")
OPEN_TREE, MOVE_MOUNT = 428, 429  # system calls without a libc wrapper here
OPEN_TREE_CLONE, AT_RECURSIVE, MOVE_MOUNT_F_EMPTY_PATH = 0x1, 0x8000, 0x4
AT_FDCWD = -100
MS_REMOUNT_RO_BIND = 0x1 | 0x20 | 0x1000


def command(vmid: int, *environment: str) -> list[str]:
    """The words in front of a command that is to run in a guest."""
    variables = [word for name in (*ENVIRONMENT, *environment) for word in ("-v", name)]
    return ["lxc-attach", "-n", str(vmid), "--clear-env", *variables, "--"]


def init_pid(vmid: int) -> int | None:
    """The node's process ID of a guest's init, or None when it does not run."""
    answer = subprocess.run(
        ["lxc-info", "-n", str(vmid), "-pH"], capture_output=True, text=True, timeout=20, check=False
    )
    return int(answer.stdout) if answer.stdout.strip().isdigit() else None


def bind_into(vmid: int, source: Path, target: str, *, read_only: bool) -> None:
    """Bind a directory of the node into a running guest's mount namespace, as Proxmox does for an added mount point.

    :raises OSError: the source is missing, or the kernel refuses.
    """
    pid = init_pid(vmid)
    if pid is None:
        raise ProcessLookupError(f"container '{vmid}' not running!")
    libc = ctypes.CDLL(None, use_errno=True)
    tree = libc.syscall(OPEN_TREE, AT_FDCWD, os.fsencode(source), OPEN_TREE_CLONE | AT_RECURSIVE)
    if tree < 0:
        raise OSError(ctypes.get_errno(), f"directory '{source}' does not exist")
    namespace = os.open(f"/proc/{pid}/ns/mnt", os.O_RDONLY)
    child = os.fork()
    if child == 0:
        os._exit(_place(libc, tree, namespace, target, read_only))
    os.close(tree)
    os.close(namespace)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code:
        raise OSError(code, f"mounting on '{target}' in container '{vmid}' failed")


def _place(libc: ctypes.CDLL, tree: int, namespace: int, target: str, read_only: bool) -> int:
    """In a child process: enter the namespace and attach the tree; returns 0 or an errno."""
    try:
        if libc.setns(namespace, 0):
            return ctypes.get_errno()
        os.makedirs(target, exist_ok=True)
        if libc.syscall(MOVE_MOUNT, tree, b"", AT_FDCWD, os.fsencode(target), MOVE_MOUNT_F_EMPTY_PATH):
            return ctypes.get_errno()
        if read_only and libc.mount(None, os.fsencode(target), None, MS_REMOUNT_RO_BIND, None):
            return ctypes.get_errno()
    except OSError as e:
        return e.errno or 1
    return 0
