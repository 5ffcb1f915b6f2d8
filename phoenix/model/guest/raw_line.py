"""Raw lines of a container's configuration: Proxmox keeps those it knows, and drops others at its next write."""

import re
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

KNOWN = frozenset((
    "lxc.apparmor.allow_incomplete", "lxc.apparmor.allow_nesting", "lxc.apparmor.profile", "lxc.apparmor.raw",
    "lxc.arch", "lxc.autodev", "lxc.cap.drop", "lxc.cap.keep", "lxc.console.logfile", "lxc.console.path",
    "lxc.devtty.dir", "lxc.environment", "lxc.environment.hooks", "lxc.environment.runtime", "lxc.group",
    "lxc.hook.autodev", "lxc.hook.clone", "lxc.hook.destroy", "lxc.hook.mount", "lxc.hook.post-stop",
    "lxc.hook.pre-mount", "lxc.hook.pre-start", "lxc.hook.start", "lxc.hook.stop", "lxc.hook.version", "lxc.idmap",
    "lxc.include", "lxc.init.cmd", "lxc.init.cwd", "lxc.kmsg", "lxc.log.file", "lxc.log.level", "lxc.mount.auto",
    "lxc.mount.entry", "lxc.mount.fstab", "lxc.pty.max", "lxc.rootfs.mount", "lxc.seccomp.notify.cookie",
    "lxc.seccomp.notify.proxy", "lxc.seccomp.profile", "lxc.selinux.context", "lxc.signal.halt",
    "lxc.signal.reboot", "lxc.signal.stop", "lxc.start.auto", "lxc.start.delay", "lxc.start.order",
    "lxc.sysctl.fs.mqueue", "lxc.sysctl.kernel.msgmax", "lxc.sysctl.kernel.msgmnb", "lxc.sysctl.kernel.msgmni",
    "lxc.sysctl.kernel.sem", "lxc.sysctl.kernel.shm_rmid_forced", "lxc.sysctl.kernel.shmall",
    "lxc.sysctl.kernel.shmmax", "lxc.sysctl.kernel.shmmni", "lxc.tty.max", "lxc.uts.name",
))  # fmt: skip
"""Those of $valid_lxc_conf_keys in PVE::LXC::Config, which takes those of FAMILIES, too."""

FAMILIES = ("lxc.cgroup.", "lxc.cgroup2.", "lxc.prlimit.", "lxc.net.")


def _kept(line: str) -> str:
    key = re.split("[: ]", line)[0]
    if key not in KNOWN and not key.startswith(FAMILIES):
        known = ", ".join([*sorted(KNOWN), *(f"{family}*" for family in FAMILIES)])
        raise ValueError(f"Proxmox does not know {key}, and would drop the line; known are {known}")
    return line


RawLine = Annotated[str, StringConstraints(pattern=r"^lxc\.[a-z0-9_.-]+: \S.*$"), AfterValidator(_kept)]
"""`lxc.apparmor.profile: unconfined`."""
