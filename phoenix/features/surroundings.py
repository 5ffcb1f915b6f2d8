"""What a feature may learn of its guest and of the cluster around it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Authority:
    """The certificate authority: `directory` is STEPPATH in its guest, `root` the root certificate on the node."""

    name: str
    provisioner: str
    dns_names: tuple[str, ...]
    directory: str
    port: int
    max_lifetime_hours: int
    url: str
    root: str


@dataclass(frozen=True)
class Surroundings:
    """Addresses of the node and of the gateway, the CA, and the guest that the feature is installed in.

    `registry_mirror` (of docker.io) is empty for none; `template` is a guest that is only cloned; `login` is the user
    of a virtual machine, empty in a container; `forwarding` is the gateway where it passes TCP ports on.
    """

    node: str
    gateway: str
    authority: Authority
    registry_mirror: str
    template: bool
    login: str
    forwarding: bool
