"""What the stack's settings decide over the plan; the configuration itself is the same for every stack."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from phoenix.specs.artifact import Artifact


@dataclass(frozen=True)
class Choices:
    """Plain values of settings, none of them a secret; the defaults do for checking a configuration."""

    owner: str = "organization/phoenix/none"
    """The Pulumi stack, `organization/project/stack`."""
    protect: bool = True
    """Whether guests are protected that do not say so themselves."""
    allow_reboot: bool = False
    """Whether guests may be restarted that do not say so themselves."""
    ssh_public_key: str = ""
    """One OpenSSH line, for the users of virtual machines."""
    registry_mirror: str = ""
    """Of docker.io; empty for none."""
    admin_password_version: str = "none"
    """Stands for the password of Portainer's administrator."""
    setting_versions: Mapping[str, str] = field(default_factory=dict)
    """By a setting's key: what stands for its value in the name of a secret or config."""
    file_versions: Mapping[str, str] = field(default_factory=dict)
    """By an encrypted file's path below `stacks/`: what stands for its content."""
    artifacts: Mapping[str, Artifact] = field(default_factory=dict)
    """By name, those that the features need."""
