"""Containers by OpenSSH to their node and `pct exec`: one persistent connection for all, and pipelining."""

from __future__ import annotations

import shlex
import subprocess

from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.plugins.connection import ConnectionBase

DOCUMENTATION = """
name: pct
short_description: containers of a Proxmox VE node
description: Runs commands in a container by C(pct exec) on its node, which is reached by OpenSSH.
options:
  node:
    description: Address of the node.
    vars: [{name: ansible_pct_node}]
    required: true
  vmid:
    description: The container.
    vars: [{name: ansible_pct_vmid}]
    required: true
  ssh_args:
    description: Arguments of ssh.
    vars: [{name: ansible_pct_ssh_args}]
    default: ''
  pipelining:
    description: Modules go by standard input and not as files.
    type: boolean
    default: true
    ini: [{section: connection, key: pipelining}]
    vars: [{name: ansible_pipelining}]
"""


class Connection(ConnectionBase):  # type: ignore[misc]
    """A container."""

    transport = "pct"
    has_pipelining = True

    def _connect(self) -> Connection:
        self._connected = True
        return self

    def _run(self, command: list[str], given: bytes | None) -> tuple[int, bytes, bytes]:
        words = ["pct", "exec", str(self.get_option("vmid")), "--", *command]
        ssh = ["ssh", *shlex.split(self.get_option("ssh_args")), f"root@{self.get_option('node')}", shlex.join(words)]
        done = subprocess.run(ssh, input=given or b"", capture_output=True, check=False)
        if done.returncode == 255:
            raise AnsibleConnectionFailure(done.stderr.decode(errors="replace"))
        return done.returncode, done.stdout, done.stderr

    def exec_command(self, cmd: str, in_data: bytes | None = None, sudoable: bool = True) -> tuple[int, bytes, bytes]:
        super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        return self._run(["/bin/sh", "-c", cmd], in_data)

    def put_file(self, in_path: str, out_path: str) -> None:
        super().put_file(in_path, out_path)
        with open(in_path, "rb") as file:
            code, _, said = self._run(["dd", f"of={out_path}", "bs=65536", "status=none"], file.read())
        if code:
            raise AnsibleError(f"{out_path}: {said.decode(errors='replace')}")

    def fetch_file(self, in_path: str, out_path: str) -> None:
        super().fetch_file(in_path, out_path)
        code, found, said = self._run(["cat", in_path], None)
        if code:
            raise AnsibleError(f"{in_path}: {said.decode(errors='replace')}")
        with open(out_path, "wb") as file:
            file.write(found)

    def close(self) -> None:
        self._connected = False
