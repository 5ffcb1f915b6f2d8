"""Running a program of this machine inside the lab: its network, its names, its certificates, its process tree."""

import ctypes
import os
import shutil
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from lab.place import DOMAIN, NODE, NODE_ADDRESS, Lab

CLONE_NEWNS, CLONE_NEWNET, CLONE_NEWPID = 0x00020000, 0x40000000, 0x20000000
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
PR_SET_PDEATHSIG = 1
SI_KERNEL = 0x80  # the terminal sent the signal, and sent it to the whole foreground group
FORWARDED = {signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2}
CERTIFICATES = Path("/etc/ssl/certs")


def enter(lab: Lab, init: int, argv: list[str], environment: Mapping[str, str]) -> int:
    """Run ``argv`` inside the lab whose init process is ``init``; returns its exit code (128 + N after signal N).

    The file system is this machine's, the current directory, the terminal and standard input are the caller's. The
    program lives in the lab's PID namespace, so that it dies with the lab at the latest.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    spaces = [
        (os.open(f"/proc/{init}/root/run/netns/ws", os.O_RDONLY), CLONE_NEWNET),
        (os.open(f"/proc/{init}/ns/pid", os.O_RDONLY), CLONE_NEWPID),
    ]
    binds = _files(lab)
    directory = os.getcwd()
    waited = FORWARDED | {signal.SIGCHLD}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, waited)
    for space, kind in spaces:
        _checked(libc.setns(space, kind), "setns")
        os.close(space)
    child = os.fork()
    if child == 0:
        _become(libc, binds, directory, argv, environment, before)
    return _wait(child, waited)


def _wait(child: int, waited: set[signal.Signals]) -> int:
    while True:
        received = signal.sigwaitinfo(waited)
        if received.si_signo != signal.SIGCHLD:
            if received.si_code != SI_KERNEL:
                os.kill(child, received.si_signo)
            continue
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def _become(
    libc: ctypes.CDLL,
    binds: list[tuple[Path, Path]],
    directory: str,
    argv: list[str],
    environment: Mapping[str, str],
    mask: set[int | signal.Signals],
) -> None:
    """In the child: arrange the mount namespace and become the program. Does not return."""
    try:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        _checked(libc.unshare(CLONE_NEWNS), "unshare")
        _checked(libc.mount(None, b"/", None, MS_REC | MS_PRIVATE, None), "mount /")
        _checked(libc.mount(b"proc", b"/proc", b"proc", 0, None), "mount /proc")
        for source, target in binds:
            result = libc.mount(os.fsencode(source), os.fsencode(target.resolve()), None, MS_BIND, None)
            _checked(result, f"bind {target}")
        os.chdir(directory)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        os.execvpe(argv[0], argv, dict(environment))
    except OSError as e:
        print(f"bin/lab exec: {argv[0]}: {e.strerror or e}", file=sys.stderr)
        os._exit(127 if isinstance(e, FileNotFoundError) else 126)


def _files(lab: Lab) -> list[tuple[Path, Path]]:
    """Files of the lab that cover this machine's own, for the program alone."""
    folder = lab.state / "workstation"
    folder.mkdir(exist_ok=True)
    secrets = lab.secrets
    contents = {
        "resolv.conf": f"nameserver {NODE_ADDRESS}\nsearch {DOMAIN}\n",
        "hosts": f"127.0.0.1 localhost\n10.0.0.50 workstation\n{NODE_ADDRESS} {NODE}.{DOMAIN} {NODE}\n",
        "ssh_config": f"Host {NODE_ADDRESS} {NODE} {NODE}.{DOMAIN}\n"
        f"  User root\n  IdentityFile {secrets / 'id_ed25519'}\n  IdentitiesOnly yes\n"
        f"  UserKnownHostsFile {secrets / 'known_hosts'}\n  StrictHostKeyChecking yes\n"
        f"Host *\n  IdentityFile {secrets / 'id_ed25519'}\n",
    }
    for name, text in contents.items():
        part = folder / f"{name}.{os.getpid()}"
        part.write_text(text)
        part.rename(folder / name)
    binds = [(folder / "resolv.conf", Path("/etc/resolv.conf")), (folder / "hosts", Path("/etc/hosts"))]
    if Path("/etc/ssh/ssh_config").exists():
        binds.append((folder / "ssh_config", Path("/etc/ssh/ssh_config")))
    if lab.cluster_root.exists() and CERTIFICATES.is_dir():
        trusted = folder / "certs"
        trusted.mkdir(exist_ok=True)
        shutil.copyfile(lab.cluster_root, trusted / "ca-certificates.crt")
        binds.append((trusted, CERTIFICATES))
    return [(source, target) for source, target in binds if target.exists()]


def _checked(result: int, what: str) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
