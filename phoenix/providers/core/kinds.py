"""Which module holds which kind, so that a process loads those that it needs."""

import importlib
from typing import Any

from phoenix.providers.core.reconciler import Reconciler
from phoenix.specs.spec import Spec

MODULES = {
    "AuthorityRoots": "pki.authority_roots",
    "BindSource": "files.bind_source",
    "Certificate": "pki.certificate",
    "CertificateCopy": "pki.certificate_copy",
    "Directory": "files.directory",
    "DockerConfig": "swarm.docker_config",
    "DockerSecret": "swarm.docker_secret",
    "ExternalObject": "swarm.external_object",
    "Feature": "inside.feature",
    "FileSecret": "swarm.file_secret",
    "FileSet": "files.file_set",
    "Gate": "program.gate",
    "GeneratedSecret": "swarm.generated_secret",
    "Lxc": "proxmox.guest.lxc",
    "NfsMount": "inside.nfs_mount",
    "NodeLabels": "swarm.node_labels",
    "OverlayNetwork": "swarm.overlay_network",
    "Owner": "program.owner",
    "PortainerAdmin": "portainer.admin",
    "PortainerEndpoint": "portainer.endpoint",
    "PortainerStack": "stacks.portainer_stack",
    "Protection": "program.protection",
    "SettingConfig": "swarm.setting_config",
    "SettingSecret": "swarm.setting_secret",
    "Snapshot": "proxmox.snapshot",
    "StackFiles": "files.stack_files",
    "SwarmManager": "swarm.manager",
    "SwarmStack": "stacks.swarm_stack",
    "SwarmWorker": "swarm.worker",
    "TrustedRoot": "pki.trusted_root",
    "Vm": "proxmox.guest.vm",
}
"""Kind -> its module below phoenix.providers. A kind's spec is named like it, with `Spec` behind."""


def name_of(spec: Spec) -> str:
    """The kind of which `spec` is a desired state."""
    return type(spec).__name__.removesuffix("Spec")


def reconciler(name: str) -> Reconciler[Any, Any]:
    """The reconciler of a kind."""
    module = importlib.import_module(f"phoenix.providers.{MODULES[name]}")
    found: Reconciler[Any, Any] = getattr(module, name).provider.reconciler
    return found
