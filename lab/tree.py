"""The files that turn a base image into a node or a guest: a layer between the base and its changes."""

import shutil
from pathlib import Path

from lab.credentials import write
from lab.place import Lab

SOURCE = Path(__file__).parent / "tree"
ENABLED = (
    *("vmbr0", "workstation", "pveproxy", "pve-guests", "lab-mirror", "pve-firewall"),
    "docker-registry",
)
CA_NAME = "proxmox-lab-ca.crt"


def node(lab: Lab, target: Path) -> None:
    """Write the node's layer: units, commands, its certificate, its host key, who may log in."""
    _copy("node", target)
    wants = target / "etc/systemd/system/multi-user.target.wants"
    wants.mkdir(parents=True)
    for unit in ENABLED:
        (wants / f"{unit}.service").symlink_to(f"../{unit}.service")
    private = target / "etc/lab"
    private.mkdir(mode=0o700)
    for name in ("pve.pem", "pve.key", "registry.pem", "registry.key", "token", "ca.pem"):
        write(private / name, (lab.secrets / name).read_bytes())
    write(target / "etc/ssh/ssh_host_ed25519_key", (lab.secrets / "host_ed25519").read_bytes())
    shutil.copy(lab.secrets / "host_ed25519.pub", target / "etc/ssh/ssh_host_ed25519_key.pub")
    login = target / "root/.ssh"
    login.mkdir(mode=0o700, parents=True)
    (target / "root").chmod(0o700)
    write(login / "authorized_keys", (lab.secrets / "id_ed25519.pub").read_bytes())


def machine(lab: Lab, base: Path, target: Path) -> None:
    """Write the VMs' layer: cloud-init, the agent, the NFS helper. A VM trusts the lab's CA, because its Docker
    pulls from the lab's registry."""
    _copy("vm", target)
    ca = (lab.secrets / "ca.pem").read_text()
    bundle = target / "etc/ssl/certs/ca-certificates.crt"
    local = target / "usr/local/share/ca-certificates" / CA_NAME
    for file in (bundle, local):
        file.parent.mkdir(parents=True, exist_ok=True)
    bundle.write_text((base / "etc/ssl/certs/ca-certificates.crt").read_text() + ca)
    local.write_text(ca)
    wants = target / "etc/systemd/system/multi-user.target.wants"
    wants.mkdir(parents=True, exist_ok=True)
    for unit in ("cloud-init", "qemu-guest-agent"):
        (wants / f"{unit}.service").symlink_to(f"../{unit}.service")


def _copy(kind: str, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    shutil.copytree(SOURCE / kind, target, symlinks=True, dirs_exist_ok=True)
    for path in [target, *target.rglob("*")]:
        if path.is_symlink():
            continue
        # The checkout's modes depend on the user's umask; only the executable bit carries over.
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
