"""LXC configuration of a guest, rendered from its Proxmox configuration."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lab.inside.options import numbered, properties

ROOTS = Path("/run/lab/roots")
EXPORTS = Path("/etc/exports")
# Where a VM sees the node's exported directories; its mount.nfs binds from there.
NFS_VIEW = "var/lib/lab-nfs"

COMMON = """\
lxc.uts.name = {name}
lxc.rootfs.path = dir:{root}
lxc.init.cmd = /sbin/init
lxc.signal.halt = SIGRTMIN+3
lxc.tty.max = 0
lxc.pty.max = 1024
lxc.apparmor.profile = unconfined
lxc.cgroup.memory.limit_in_bytes = {memory}M
"""
# A VM is its own master: every capability, every device, writable /proc and /sys.
PRIVILEGED = """\
lxc.mount.auto = proc:{proc} sys:rw cgroup:rw:force
lxc.cap.drop =
lxc.cgroup.devices.allow = a
"""
SHIFTED = """\
lxc.mount.auto = proc:mixed sys:mixed cgroup:mixed
"""
IDMAP = """\
lxc.idmap = u 0 100000 65536
lxc.idmap = g 0 100000 65536
"""
NET = """\
lxc.net.{index}.type = veth
lxc.net.{index}.link = {bridge}
lxc.net.{index}.veth.pair = veth{vmid}i{index}
lxc.net.{index}.name = {name}
lxc.net.{index}.hwaddr = {hwaddr}
lxc.net.{index}.flags = up
"""


def container(vmid: int, config: dict[str, Any], volumes: dict[str, Path], raw: Iterable[str] = ()) -> str:
    """The configuration of a container. ``volumes`` gives the directory behind each mount point that is a storage
    volume; ``raw`` are the ``lxc.*`` lines of the guest's own configuration file."""
    raw = list(raw)
    text = COMMON.format(name=config.get("hostname", f"CT{vmid}"), root=ROOTS / str(vmid), memory=config["memory"])
    if config.get("unprivileged"):
        text += SHIFTED + ("" if any(line.startswith("lxc.idmap") for line in raw) else IDMAP)
    else:
        text += PRIVILEGED.format(proc="mixed")
    for key, value in numbered(config, "mp"):
        mount = properties(value)
        source = volumes.get(key) or Path(mount["volume"])
        text += bind(source, mount["mp"], read_only=mount.get("ro") == "1")
    for key, value in numbered(config, "net"):
        net = properties(value)
        text += _net(vmid, key[3:], net, net.get("name", "eth0"), net.get("hwaddr", ""), net)
    return text + "".join(line + "\n" for line in raw)


def machine(vmid: int, config: dict[str, Any], docker: Path) -> str:
    """The configuration of the container that stands in for a VM."""
    text = COMMON.format(name=config.get("name", f"VM{vmid}"), root=ROOTS / str(vmid), memory=config.get("memory", 512))
    text += PRIVILEGED.format(proc="rw") + bind(docker, "/var/lib/docker")
    for key, value in numbered(config, "net"):
        net, index = properties(value, "model"), key[3:]
        hwaddr = next((net[model] for model in ("virtio", "e1000", "vmxnet3", "rtl8139") if model in net), "")
        address = properties(str(config.get(f"ipconfig{index}", "")))
        text += _net(vmid, index, net, f"eth{index}", hwaddr, address)
        text += "".join(bind(path, f"/{NFS_VIEW}{path}") for path in exported_to(address.get("ip", "")))
    return text


def bind(source: Path, target: str, *, read_only: bool = False) -> str:
    """One bind mount."""
    mode = "bind,ro,create=dir" if read_only else "bind,create=dir"
    blank = r"\040"
    return (
        f"lxc.mount.entry = {str(source).replace(' ', blank)} {target.strip('/').replace(' ', blank)} none {mode} 0 0\n"
    )


def exported_to(address: str) -> list[Path]:
    """The directories which the node's /etc/exports gives to an address (``10.0.0.111`` or ``10.0.0.111/24``)."""
    wanted = address.partition("/")[0]
    lines = EXPORTS.read_text().splitlines() if EXPORTS.exists() else []
    found = []
    for line in lines:
        words = line.partition("#")[0].split()
        if words and Path(words[0]).is_dir() and any(c.partition("(")[0] in (wanted, "*") for c in words[1:]):
            found.append(Path(words[0]))
    return found


def _net(vmid: int, index: str, net: dict[str, str], name: str, hwaddr: str, address: dict[str, str]) -> str:
    text = NET.format(vmid=vmid, index=index, bridge=net.get("bridge", ""), name=name, hwaddr=hwaddr)
    if "/" in address.get("ip", ""):
        text += f"lxc.net.{index}.ipv4.address = {address['ip']}\n"
        if address.get("gw"):
            text += f"lxc.net.{index}.ipv4.gateway = {address['gw']}\n"
    return text
