"""Where kinds lived before: states refer to a provider by its module's path, also to read and delete what is gone.

Moving a kind adds a line here and takes none away: some state may still name the old path.
"""

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

HERE = "phoenix.providers"
PATHS = {
    "authority_roots": "pki.authority_roots",
    "certificate": "pki.certificate",
    "certificate_copy": "pki.certificate_copy",
    "directory": "files.directory",
    "docker_config": "swarm.docker_config",
    "docker_secret": "swarm.docker_secret",
    "feature": "inside.feature",
    "file_set": "files.file_set",
    "gate": "program.gate",
    "guest": "proxmox.guest",
    "guest.lxc": "proxmox.guest.lxc",
    "guest.vm": "proxmox.guest.vm",
    "nfs_mount": "inside.nfs_mount",
    "node_labels": "swarm.node_labels",
    "overlay_network": "swarm.overlay_network",
    "owner": "program.owner",
    "portainer_admin": "portainer.admin",
    "portainer_endpoint": "portainer.endpoint",
    "portainer_stack": "stacks.portainer_stack",
    "protection": "program.protection",
    "setting_secret": "swarm.setting_secret",
    "snapshot": "proxmox.snapshot",
    "stack_files": "files.stack_files",
    "swarm_manager": "swarm.manager",
    "swarm_stack": "stacks.swarm_stack",
    "swarm_worker": "swarm.worker",
    "trusted_root": "pki.trusted_root",
}
"""Former path -> present one, both below phoenix.providers."""


class _Former(MetaPathFinder, Loader):
    """Finds a former path, and answers for its names with those of the present module."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> Any:  # noqa: ARG002
        if fullname.removeprefix(f"{HERE}.") not in PATHS:
            return None
        return ModuleSpec(fullname, self, is_package=True)

    def exec_module(self, module: ModuleType) -> None:
        present = importlib.import_module(f"{HERE}.{PATHS[module.__name__.removeprefix(f'{HERE}.')]}")
        # found when the module itself has no such name (PEP 562)
        vars(module)["__getattr__"] = lambda name: getattr(present, name)


def install() -> None:
    """Makes the former paths importable; a second time changes nothing."""
    if not any(isinstance(each, _Former) for each in sys.meta_path):
        sys.meta_path.append(_Former())
