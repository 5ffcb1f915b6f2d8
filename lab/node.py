"""The outer container that plays the node: its configuration, its start and its stop."""

import json
import shutil
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from lab import tree
from lab.bases import NODE_KIND, Base, shifted
from lab.place import Lab

START_LIMIT = 60.0
STOP_LIMIT = 100.0
GUEST_KINDS = ("lxc", "vm")
# Directories of the node that must not lie on an overlay, or that outlive the container.
DATA = {"": "var/lib/lab", "pve": "etc/pve", "quickOS": "quickOS", "fastData": "fastData"}


def write(lab: Lab, bases: dict[str, Base], site: Path) -> None:
    """Write the container's configuration and layers. The node must be stopped."""
    for part in ("lxc", "layers", "docker", "registry", "mirror", "pve/firewall", "pve/nodes/phoenix", "fastData"):
        (lab.data / part).mkdir(parents=True, exist_ok=True)
    for part in ("certificates", "lxc-persistent-data", "vm-persistent-data", "portainer_stacks"):
        (lab.data / "quickOS" / part).mkdir(parents=True, exist_ok=True)
    for link, target in (
        ("lxc", "nodes/phoenix/lxc"),
        ("qemu-server", "nodes/phoenix/qemu-server"),
        ("local", "nodes/phoenix"),
    ):
        if not (lab.data / "pve" / link).is_symlink():
            (lab.data / "pve" / link).symlink_to(target)
    lab.container.mkdir(parents=True, exist_ok=True)
    tree.node(lab, lab.layers / "tree")
    tree.machine(lab, bases["vm"].path, lab.layers / "os-vm")
    (lab.container / "delta").mkdir(exist_ok=True)
    (lab.state / "bases.json").write_text(json.dumps({kind: base.path.name for kind, base in bases.items()}))
    (lab.container / "config").write_text(_config(lab, bases, site))


def _config(lab: Lab, bases: dict[str, Base], site: Path) -> str:
    layers = lab.layers
    binds = [(lab.data / source, target, "rw") for source, target in DATA.items()]
    binds += [(bases[kind].path, f"srv/base/{kind}", "ro") for kind in GUEST_KINDS]
    binds += [(shifted(bases["lxc"]).path, "srv/base/lxc-unprivileged", "ro"), (layers / "os-vm", "srv/os/vm", "ro")]
    binds += [(Path(__file__).parent, "opt/lab/code/lab", "ro"), (site, "opt/lab/site", "ro")]
    lines = [
        "lxc.uts.name = phoenix",
        f"lxc.rootfs.path = overlay:{layers / 'tree'}:{bases[NODE_KIND].path}:{lab.container / 'delta'}",
        "lxc.init.cmd = /sbin/init",
        "lxc.signal.halt = SIGRTMIN+3",
        "lxc.tty.max = 0",
        "lxc.pty.max = 1024",
        "lxc.mount.auto = proc:mixed sys:rw cgroup:rw:force",
        "lxc.apparmor.profile = unconfined",
        "lxc.cap.drop = sys_module sys_time mac_admin mac_override",
        "lxc.cgroup.devices.allow = a",
        "lxc.autodev = 1",
        "lxc.net.0.type = empty",
        "lxc.net.0.flags = up",
    ]
    for source, target, mode in binds:
        lines.append(f"lxc.mount.entry = {_escaped(source)} {target} none bind,{mode},create=dir 0 0")
    for device in ("fuse", "net/tun"):
        lines.append(f"lxc.mount.entry = /dev/{device} dev/{device} none bind,optional,create=file 0 0")
    # The kernel lets unprivileged guests mount proc and sysfs only where both are fully visible already.
    lines += [f"lxc.mount.entry = {fs} dev/.lxc/{fs} {fs} create=dir 0 0" for fs in ("proc", "sysfs")]
    return "\n".join(lines) + "\n"


def _escaped(path: Path) -> str:
    """A path for a mount entry, where a blank ends the field."""
    return str(path).replace(" ", r"\040")


def init_pid(lab: Lab) -> int | None:
    """The process ID, as the machine sees it, of the node's init; None when the lab is down."""
    if not (lab.container / "config").exists():
        return None
    command = ["lxc-info", *_lxc(lab), "-pH"]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False).stdout.strip()
    return int(answer) if answer.isdigit() else None


def start(lab: Lab) -> None:
    """Boot the node and wait until its services answer.

    :raises RuntimeError: it does not start, or is not ready within START_LIMIT seconds; the message says why.
    """
    log = lab.layers / "start.log"
    log.unlink(missing_ok=True)
    command = ["lxc-start", *_lxc(lab), "-l", "WARN", "-o", str(log)]
    if subprocess.run(command, timeout=60, check=False).returncode:
        tail = log.read_text()[-1500:] if log.exists() else "no log"
        raise RuntimeError(f"the node's container does not start:\n{tail}")
    deadline = time.monotonic() + START_LIMIT
    state = ""
    while time.monotonic() < deadline:
        answer = run(lab, "systemctl", "is-system-running", "--wait", limit=START_LIMIT)
        state = answer.stdout.strip()
        if state in ("running", "degraded"):
            break
        time.sleep(0.05)
    if state == "degraded":
        failed = run(lab, "systemctl", "--failed", "--no-legend", "--plain").stdout.strip()
        raise RuntimeError(f"services of the node failed: {failed}; see bin/lab exec -- ssh root@10.0.0.13")
    if state != "running":
        raise RuntimeError(f"the node is not ready after {START_LIMIT:.0f} s: {state or 'no answer'}")


def stop(lab: Lab) -> None:
    """Stop the guests in parallel, then the container; after STOP_LIMIT seconds it is killed."""
    command = ["lxc-stop", *_lxc(lab), "-t", str(int(STOP_LIMIT))]
    subprocess.run(command, timeout=STOP_LIMIT + 30, check=False)
    # lxc leaves this empty one behind, and makes it anew when it needs it.
    for pivot in [*Path("/sys/fs/cgroup").glob("lxc.pivot"), *Path("/sys/fs/cgroup").glob("*/lxc.pivot")]:
        with suppress(OSError):
            pivot.rmdir()


def destroy(lab: Lab) -> None:
    """Remove the state directory of a stopped lab."""
    shutil.rmtree(lab.state)


def run(lab: Lab, *argv: str, limit: float = 30.0) -> "subprocess.CompletedProcess[str]":
    """Run a command inside the node with its whole environment, and return what it said."""
    command = ["lxc-attach", *_lxc(lab), "--clear-env", "-v", "HOME=/root"]
    command += ["-v", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "--", *argv]
    return subprocess.run(command, capture_output=True, text=True, timeout=limit, check=False, stdin=subprocess.DEVNULL)


def _lxc(lab: Lab) -> list[str]:
    return ["-P", str(lab.container.parent), "-n", lab.name]
