"""The Swarm: its members and their labels, its networks, its secrets and configs."""

from ipaddress import IPv4Network
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from phoenix.specs.spec import Spec
from phoenix.specs.target import VmTarget
from phoenix.vocabulary.files import FilePath
from phoenix.vocabulary.names import VERSION_DIGITS, ObjectBase, ObjectName, SettingKey, Slug
from phoenix.vocabulary.numbers import SubnetSize

LEADING = "leading"
JOINED = "joined"
OVERLAY = "overlay of the swarm"
LABELLED = "present"


class _OfManager(Spec):
    """Whatever is converged through the Swarm's manager."""

    manager: VmTarget

    @property
    def host(self) -> str:
        return self.manager.address


class SwarmManagerSpec(_OfManager):
    """`address_pool`: CIDR that networks are cut from, each with prefix length `pool_mask`."""

    advertise_address: str
    address_pool: IPv4Network
    pool_mask: SubnetSize = 24
    state: str = LEADING
    """Its standing; anything else than the default is a live state."""

    def __str__(self) -> str:
        return f"swarm manager {self.manager}"


class SwarmWorkerSpec(_OfManager):
    """`node_name` is the host name under which the swarm lists it; the last four fields are live states."""

    worker: VmTarget
    node_name: str
    advertise_address: str
    membership: str = JOINED
    status: str = "ready"
    availability: str = "active"
    stale: tuple[str, ...] = ()
    """IDs of earlier members of that name, which are down for good."""

    def __str__(self) -> str:
        return f"swarm worker {self.worker}"

    @property
    def host(self) -> str:
        return self.worker.address


class NodeLabelsSpec(_OfManager):
    """`labels` of the member that the swarm lists as `node_name`."""

    node_name: str
    labels: dict[str, str]

    def __str__(self) -> str:
        return f"labels of swarm node {self.node_name}"


class OverlayNetworkSpec(_OfManager):
    """The network that the Swarm of `manager` knows by `name`; the last two fields are live states."""

    name: Slug
    attachable: bool = True
    """Whether containers outside of the Swarm's services may join it."""
    encrypted: bool = False
    kind: str = OVERLAY
    users: tuple[str, ...] = ()
    """Services and containers on it, when it would have to be made anew."""

    def __str__(self) -> str:
        return f"overlay network {self.name}"


class RotatedSpec(_OfManager):
    """A Docker secret or config: it cannot be changed, so that each version is an object of its own."""

    keep: Annotated[int, Field(ge=0)] = 1
    """How many old versions stay besides the present one."""
    stale: tuple[str, ...] = ()
    """Old versions beyond `keep` that no service refers to; the program always says none."""


class DockerSecretSpec(RotatedSpec):
    """A secret `<name>-<first digits of fingerprint>` in the Swarm of `manager`."""

    name: ObjectBase
    source: FilePath
    """The file on the node: a certificate, or the key beside one."""
    fingerprint: str = ""
    """It is the version, which only the issued certificate knows: of the leaf in the file or beside the key, of roots
    what stands for them together."""

    @property
    def versioned_name(self) -> str:
        """The secret's real name."""
        return f"{self.name}-{self.fingerprint[:VERSION_DIGITS]}"

    def __str__(self) -> str:
        return f"Docker secret {self.name}"


class NamedSpec(RotatedSpec):
    """A version whose full name the program knows."""

    base: ObjectName
    name: ObjectName
    """`<base>-<version>`; live, the newest version's name when this one is missing."""
    label: str = LABELLED
    """Whether it is labelled as a version of `base`: one that somebody else made is not, until it is adopted."""

    @model_validator(mode="after")
    def _name_has_base(self) -> Self:
        if not self.name.startswith(f"{self.base}-"):
            raise ValueError(f"the name {self.name} must begin with {self.base}-")
        return self


class DockerConfigSpec(NamedSpec):
    """A config: a file that services mount and nobody needs to hide. The version is a digest of `content`."""

    content: str

    def __str__(self) -> str:
        return f"Docker config {self.base}"


class SettingSecretSpec(NamedSpec):
    """A secret that holds a setting. The version is a keyed digest of it, so that a changed setting is another one."""

    setting: Literal["portainer_admin_password"] | SettingKey

    def __str__(self) -> str:
        return f"Docker secret {self.base}"


class SettingConfigSpec(NamedSpec):
    """A config that holds a setting, which the state does not; its version is as that of a secret."""

    setting: SettingKey

    def __str__(self) -> str:
        return f"Docker config {self.base}"


class FileSecretSpec(NamedSpec):
    """A secret that holds what SOPS decrypts `file` to, a path below `stacks/`; the version is a keyed digest of it."""

    file: str

    def __str__(self) -> str:
        return f"Docker secret {self.base}"


KEPT = "kept"


class GeneratedSecretSpec(RotatedSpec):
    """A secret of `length` letters and digits, drawn once on the node and kept there in the file at `path`."""

    base: ObjectBase
    path: FilePath
    length: Annotated[int, Field(gt=0)]
    value: str = KEPT
    """Whether it is there as it should be; a live state says what is wrong."""
    version: str = LABELLED
    """Whether the Swarm has the value that the node keeps."""

    def __str__(self) -> str:
        return f"Docker secret {self.base}"


class ExternalObjectSpec(_OfManager):
    """A secret or config that somebody else makes, by its whole name: it is looked for, and left alone."""

    kind: Literal["secret", "config"]
    name: ObjectName

    def __str__(self) -> str:
        return f"external Docker {self.kind} {self.name}"
