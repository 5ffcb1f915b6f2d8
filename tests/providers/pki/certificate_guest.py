"""A container on loopback whose systemd is a script, and a pair on its node."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from phoenix.pki import keys
from phoenix.pki.chain import Chain, fingerprint, to_pem
from phoenix.providers.pki.certificate_copy import CertificateCopy
from phoenix.specs.pki import CertificateCopySpec
from phoenix.vocabulary.network import node_address
from tests import loopback_ssh
from tests.loopback_ssh import Loopback
from tests.pki.authority import Authority
from tests.providers.core.managed import Managed
from tests.providers.pki.certificate_node import OWNER

SYSTEMCTL = """
echo "$@" >> "$CALLS"
case "$1" in
  is-active) [ -e "$SANDBOX/active" ] ;;
  reload-or-restart|enable) [ ! -e "$SANDBOX/refuses" ] || { rm "$SANDBOX/refuses"; exit 1; } ;;
  status) echo 'nginx: [emerg] SSL_CTX_use_PrivateKey failed (key values mismatch)' ;;
esac
"""


@dataclass
class Guest:
    """A loopback node whose container 101 shares its file system, and a pair on the node."""

    host: Loopback
    room: Path
    authority: Authority

    @property
    def node(self) -> str:
        return node_address(self.host.address, self.host.port)

    @property
    def spec(self) -> CertificateCopySpec:
        return self.make()

    def make(self, **fields: Any) -> CertificateCopySpec:
        given: dict[str, Any] = {
            "name": "nginx",
            "node": self.node,
            "source": str(self.room / "node/nginx"),
            "root": str(self.room / "node/root_ca.crt"),
            "target": {"kind": "lxc", "node": self.node, "vmid": 101},
            "fingerprint": self.on_node,
            "cert_path": str(self.room / "etc/nginx.crt"),
            "key_path": str(self.room / "etc/private/nginx.key"),
            "ca_path": str(self.room / "etc/ca.pem"),
            "anchors": fingerprint(self.authority.root),
            "owner": OWNER,
            "key_mode": "0640",
            "after": {"kind": "reload", "unit": "nginx"},
        }
        return CertificateCopySpec.model_validate({**given, **fields})

    @property
    def on_node(self) -> str:
        return fingerprint(Chain.parse((self.room / "node/nginx/cert.pem").read_bytes()).leaf)

    def renew(self) -> str:
        """Another pair on the node, in the plainest form; returns its fingerprint."""
        chain, key = self.authority.issue()
        intermediate, _ = self.authority.issue(common_name="Intermediate")
        directory = self.room / "node/nginx"
        directory.mkdir(parents=True, exist_ok=True)
        (self.room / "node/root_ca.crt").write_bytes(to_pem(self.authority.root))
        (directory / "cert.pem").write_bytes(chain.pem + intermediate.pem)
        (directory / "key.pem").write_bytes(keys.private_pem(key))
        return fingerprint(chain.leaf)

    def managed(self, **fields: Any) -> Managed:
        return Managed(CertificateCopy.provider(), self.make(**fields), self.host.settings)

    def served(self) -> str:
        """Fingerprint of what the user of the files reads; fails when the key does not match."""
        chain = Chain.parse((self.room / "etc/nginx.crt").read_bytes())
        assert keys.matches((self.room / "etc/private/nginx.key").read_bytes(), chain.leaf)
        return fingerprint(chain.leaf)

    def active(self) -> None:
        (self.host.sandbox / "active").touch()

    def refuses(self) -> None:
        (self.host.sandbox / "refuses").touch()

    def reloads(self) -> int:
        return sum(call.startswith("reload-or-restart") for call in self.host.calls())


def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Guest]:
    """A guest whose Nginx is active, and a first pair on the node."""
    for host in loopback_ssh.serve(tmp_path, monkeypatch):
        host.script("systemctl", SYSTEMCTL)
        made = Guest(host, tmp_path / "room", Authority())
        made.renew()
        made.active()
        yield made
