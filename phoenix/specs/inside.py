"""What is made inside a guest: features, mounted shares."""

from typing import Annotated

from pydantic import Field, JsonValue

from phoenix.specs.artifact import Artifact
from phoenix.specs.spec import Spec
from phoenix.specs.target import Target

NFS_OPTIONS = ("rw", "_netdev", "nofail", "nfsvers=4", "timeo=100", "retrans=3", "x-systemd.mount-timeout=30s")
"""A server that does not answer must neither hold up the boot nor hang a mount for ever."""

MOUNTED = "mounted"
Word = Annotated[str, Field(pattern=r"^[^\s#]+$")]


class FeatureSpec(Spec):
    """A feature by its name in phoenix.features.registry, with its options and its artifacts, resolved.

    `running` is whether the guest shall run; `made_from` stands for the node's files that it is made from, so that a
    change of theirs is one of the feature. `unmet` is always empty in the desired state; in the live one it names
    the parts that are not as they should be, so that a preview tells why the feature is applied again.
    """

    target: Target
    feature: str
    options: dict[str, JsonValue] = {}
    artifacts: dict[str, Artifact] = {}
    running: bool = True
    made_from: str = ""
    unmet: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"feature {self.feature} of {self.target}"

    @property
    def host(self) -> str:
        return self.target.node


class NfsMountSpec(Spec):
    """`source` (`host:/path`) at `mount_point` of the target; `state` is "mounted", the live one tells if not.

    The live `source` is empty where a mount stands without a line in /etc/fstab.
    """

    target: Target
    source: Annotated[str, Field(pattern=r"^([^\s:#]+:/)?[^\s#]*$")]
    mount_point: Annotated[str, Field(pattern=r"^/[^\s#]+$")]
    options: tuple[Word, ...] = NFS_OPTIONS
    state: str = MOUNTED

    def __str__(self) -> str:
        return f"{self.mount_point} of {self.target}"

    @property
    def host(self) -> str:
        return self.target.node
