"""The raw ``lxc.*`` lines of a container's configuration file, of which Proxmox reads those that it knows."""

import re

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
FAMILIES = ("lxc.cgroup.", "lxc.cgroup2.", "lxc.prlimit.", "lxc.net.")
LINE = re.compile(r"^(lxc\.[a-z0-9_\-.]+)(?::|\s*=)\s*(.*?)\s*$")


def known(text: str) -> list[tuple[str, str]]:
    """Key and value of each line in the current section of a configuration file; what Proxmox cannot parse is out."""
    found = [LINE.match(line) for line in text.partition("\n[")[0].splitlines()]
    return [(each[1], each[2]) for each in found if each and (each[1] in KNOWN or each[1].startswith(FAMILIES))]
