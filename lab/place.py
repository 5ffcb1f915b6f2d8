"""Where a lab lives: its directories, its names, and the addresses of the cluster it plays."""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

NODE = "phoenix"
NODE_ADDRESS = "10.0.0.13"
WORKSTATION_ADDRESS = "10.0.0.50"
DOMAIN = "internal.thinkheads.ai"
TOKEN_ID = "root@pam!phoenix"
# Inside the node: where the product's CA keeps its root certificate.
CLUSTER_ROOT = "quickOS/lxc-persistent-data/103/ssl/certs/root_ca.crt"


def xdg(variable: str, fallback: str) -> Path:
    """An XDG base directory: the variable when it is an absolute path, else ``~/fallback``."""
    value = os.environ.get(variable, "")
    return Path(value) if value.startswith("/") else Path.home() / fallback


def cache_dir() -> Path:
    """The lab's part of the cache, shared by all labs of this user."""
    base = os.environ.get("PHOENIX_CACHE")
    return (Path(base) if base else xdg("XDG_CACHE_HOME", ".cache") / "phoenix").absolute() / "lab"


@dataclass(frozen=True)
class Lab:
    """One lab, identified by its state directory; two labs with different directories never meet."""

    state: Path

    @classmethod
    def current(cls) -> "Lab":
        """The lab named by ``PHOENIX_LAB``, or the user's own one."""
        given = os.environ.get("PHOENIX_LAB")
        return cls((Path(given) if given else xdg("XDG_STATE_HOME", ".local/state") / "phoenix" / "lab").absolute())

    @property
    def name(self) -> str:
        """The container's name: ``phoenix-`` and eight hex digits of the state directory's path."""
        return f"{NODE}-{hashlib.sha256(os.fsencode(self.state)).hexdigest()[:8]}"

    @property
    def data(self) -> Path:
        """What the node sees as /var/lib/lab; plain directories, because overlays do not nest."""
        return self.state / "data"

    @property
    def secrets(self) -> Path:
        """Keys, certificates and passwords, mode 0700."""
        return self.state / "secrets"

    @property
    def layers(self) -> Path:
        """The node's layers and its container. Labs that exist have the directory by this name."""
        return self.state / "hypervisor"

    @property
    def container(self) -> Path:
        """The node's LXC directory (configuration and changed files)."""
        return self.layers / self.name

    @property
    def cluster_root(self) -> Path:
        """The root certificate of the cluster's own CA, once the product has made it."""
        return self.data / CLUSTER_ROOT

    def pinned_bases(self) -> dict[str, str]:
        """Directory name of each base image this lab was made from; empty for a new lab."""
        try:
            pinned: dict[str, str] = json.loads((self.state / "bases.json").read_text())
        except FileNotFoundError:
            return {}
        return pinned
