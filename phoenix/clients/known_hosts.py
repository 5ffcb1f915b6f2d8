"""Host keys of VMs for OpenSSH, which `pulumi_docker` runs: a KnownHostsCommand that asks the hypervisor.

`ssh_options` gives the options; OpenSSH then runs this file, which prints a known_hosts line with the key that the
VM's guest agent reports. Only paths and addresses are in its arguments. See KnownHostsCommand in ssh_config(5).
"""

import argparse
import os
import pwd
import shlex
import sys
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    # OpenSSH starts this file by its path, from any directory
    sys.path[0] = str(Path(__file__).parents[2])

from phoenix.clients.shell import vm_host_key
from phoenix.clients.target import VmTarget
from phoenix.errors import PhoenixError
from phoenix.settings import Settings

CONNECT_SECONDS = 10
PERSIST_SECONDS = 30


def ssh_options(settings: Settings, target: VmTarget) -> list[str]:
    """`ssh` options that log in to `target` with the run's key and trust only what the hypervisor vouches for.

    Connections share one master, whose socket lies in the user's own ~/.ssh and ends soon after its last use.
    """
    # ssh's %d is the home directory of the password database, whatever $HOME says
    (Path(pwd.getpwuid(os.getuid()).pw_dir) / ".ssh").mkdir(mode=0o700, exist_ok=True)
    command = [sys.executable, str(Path(__file__).resolve()), "--node", target.node, "--vmid", str(target.vmid)]
    command += ["--ssh-key", str(settings.ssh_key.resolve()), "--known-hosts", str(settings.known_hosts.resolve())]
    options = {
        "BatchMode": "yes",
        "IdentitiesOnly": "yes",
        "IdentityFile": str(settings.ssh_key.resolve()),
        "StrictHostKeyChecking": "yes",
        "UserKnownHostsFile": "/dev/null",
        "GlobalKnownHostsFile": "/dev/null",
        "HostKeyAlgorithms": "ssh-ed25519",
        "KnownHostsCommand": f"{shlex.join(command)} %H",
        "ConnectTimeout": str(CONNECT_SECONDS),
        "ServerAliveInterval": "15",
        "ControlMaster": "auto",
        "ControlPath": "%d/.ssh/phoenix-%C",
        "ControlPersist": str(PERSIST_SECONDS),
    }
    return [word for key, value in options.items() for word in ("-o", f"{key}={value}")]


def main(arguments: list[str] | None = None) -> int:
    """Prints `HOST KEY`; exit code 1 and the reason on standard error when the hypervisor cannot tell the key."""
    parser = argparse.ArgumentParser(description="Print the SSH host key that the hypervisor reports for a VM.")
    parser.add_argument("--node", required=True)
    parser.add_argument("--vmid", required=True, type=int)
    parser.add_argument("--ssh-key", required=True, type=Path)
    parser.add_argument("--known-hosts", required=True, type=Path)
    parser.add_argument("host", help="the name that OpenSSH looks for")
    given = parser.parse_args(arguments)
    paths: dict[str, Any] = {"ssh_key": given.ssh_key, "known_hosts": given.known_hosts}
    settings = Settings.model_construct(**paths)
    target = VmTarget(node=given.node, vmid=given.vmid, address=given.host, user="")
    try:
        print(given.host, vm_host_key(settings, target))
    except PhoenixError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
