"""A Proxmox node for tests: a fake API in this process and a real SSH server, both on loopback.

`pct set` goes to the same API as root@pam, so that what a token may not do is refused to the one and granted
to the other, in Proxmox's own words.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from phoenix.providers.proxmox.guest import raw
from phoenix.settings import Settings
from phoenix.specs.guest import LxcSpec, VmSpec
from phoenix.vocabulary.network import node_address
from tests import loopback_ssh
from tests.loopback_ssh import Loopback

TEMPLATE = "local:vztmpl/debian-12-standard_amd64.tar.zst"
IMAGE = "local:import/noble.qcow2"
_PCT_SET = """
import sys
from proxmoxer import ProxmoxAPI
from proxmoxer.core import ResourceException

port, ca, vmid, *words = sys.argv[1:]
api = ProxmoxAPI("127.0.0.1", port=port, user="root@pam", password="secret", verify_ssl=ca)
given, gone = {}, []
for option, value in zip(words[::2], words[1::2]):
    gone.append(value) if option == "--delete" else given.__setitem__(option[2:], value)
if gone:
    given["delete"] = ",".join(gone)
try:
    api.nodes("pve1").lxc(vmid).config.put(**given)
except ResourceException as error:
    sys.exit(str(error.content))
"""


@dataclass(frozen=True)
class PveHost:
    """The fake (`pve`), the SSH server (`ssh`) and the settings that reach both."""

    pve: Any
    ssh: Loopback
    settings: Settings

    @property
    def node(self) -> str:
        """The node's address with the port of its SSH."""
        return node_address(self.ssh.address, self.ssh.port)

    def requests(self, method: str) -> list[str]:
        """The paths of the requests with this method below the node, in order."""
        return [path.partition("/nodes/pve1/")[2] for verb, path, _ in self.pve.requests if verb == method]

    def config_file(self, vmid: int) -> Path:
        """Where the container's configuration file lies."""
        return Path(raw.CONFIG.format(vmid=vmid))

    def lxc(self, **given: Any) -> LxcSpec:
        """A container's spec with plain values where none are given."""
        return LxcSpec.model_validate({**self._common(101, "web", TEMPLATE), "features": ["nesting=1"], **given})

    def vm(self, **given: Any) -> VmSpec:
        """A VM's spec with plain values where none are given."""
        return VmSpec.model_validate({**self._common(9000, "image", IMAGE), "running": False, **given})

    def _common(self, vmid: int, name: str, volume: str) -> dict[str, Any]:
        return {
            "node": self.node,
            "node_name": "pve1",
            "api_port": self.pve.port,
            "vmid": vmid,
            "name": name,
            "source": {"kind": "template", "volume": volume},
            "storage": "local-lvm",
            "disk_gb": 8,
            "cores": 2,
            "memory_mb": 1024,
            "network": {"bridge": "vmbr0", "address": "10.1.2.3/24", "gateway": "10.1.2.1", "firewall": True},
        }


def serve(pve: Any, ca: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PveHost]:
    """The node until the generator is closed; the token is one of root@pam, which is not root@pam."""
    secret = "11111111-2222-3333-4444-555555555555"
    pve.apitokens["root@pam!phoenix"] = secret
    # from the first grant on, the fake checks rights
    pve.grant("nobody@pve", "/", "Sys.Audit")
    pve.store_file("local", "debian-12-standard_amd64.tar.zst", 1, content="vztmpl")
    pve.storages["local"]["content"] += ",import,images"
    pve.store_file("local", "noble.qcow2", 3 * 1024**3, content="import")
    (tmp_path / "pve").mkdir()
    monkeypatch.setattr(raw, "CONFIG", str(tmp_path / "pve" / "{vmid}.conf"))
    monkeypatch.setattr(raw, "LOCK", str(tmp_path / "lock" / "{vmid}.lock"))
    for ssh in loopback_ssh.serve(tmp_path, monkeypatch, ("127.0.0.1", "127.0.0.2")):
        (ssh.sandbox / "pct_set.py").write_text(_PCT_SET)
        pct_set = f'exec {sys.executable} "$SANDBOX/pct_set.py" {pve.port} {ca} "$@"'
        ssh.script(
            "pct",
            f'echo "pct $1 $2" >> "$CALLS"\ncase "$1" in set) shift; {pct_set} ;; exec) shift 3; exec "$@" ;; esac',
        )
        ssh.script("systemctl", "echo running")
        settings = ssh.settings.model_copy(update={"proxmox_ca": Path(ca)})
        token = type(settings.proxmox_token)(f"root@pam!phoenix={secret}")
        yield PveHost(pve, ssh, settings.model_copy(update={"proxmox_token": token}))
