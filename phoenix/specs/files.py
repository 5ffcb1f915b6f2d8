"""Directories and files on the node or in a guest."""

from pathlib import PurePosixPath
from typing import Annotated

from pydantic import AfterValidator, Field, field_validator

from phoenix.specs.spec import Spec, Value
from phoenix.specs.target import Target
from phoenix.vocabulary.files import AbsolutePath, LiveMode, LiveOwner, StackPath
from phoenix.vocabulary.network import NodeAddress

APPLIED = "yes"
CLUSTER_FILES = "/etc/pve/"


class DirectorySpec(Spec):
    """A directory with owner and mode; what lies in it is never touched."""

    target: Target
    path: AbsolutePath
    owner: LiveOwner = "root:root"
    mode: LiveMode = "0755"
    volumes: tuple[str, ...] = ()
    """The Docker volumes that are to be bound to it."""

    def __str__(self) -> str:
        return f"directory {self.path} of {self.target}"

    @property
    def host(self) -> str:
        return self.target.node


class BindSourceSpec(Spec):
    """What a service mounts by its path: a directory where there is nothing yet, and never touched where there is."""

    target: Target
    path: AbsolutePath

    def __str__(self) -> str:
        return f"folder {self.path} of {self.target}"

    @property
    def host(self) -> str:
        return self.target.node


def _below(path: str) -> str:
    parts = PurePosixPath(path).parts
    if not path or path.startswith("/") or ".." in parts or str(PurePosixPath(path)) != path or "\n" in path:
        raise ValueError(f"{path!r} is not a plain path below the stack's folder")
    return path


class StackFilesSpec(Spec):
    """`files` (relative path -> text) in `directory` of the node."""

    node: NodeAddress
    directory: StackPath
    files: Annotated[dict[Annotated[str, AfterValidator(_below)], str], Field(min_length=1)]

    def __str__(self) -> str:
        return f"files of the stack in {self.directory}"

    @property
    def host(self) -> str:
        return self.node


class SetFile(Value):
    """One file; `owner` (`user:group`) and `mode` (four octal digits) are empty where the file system decides them."""

    content: str
    owner: Annotated[str, Field(pattern=r"^([^\s:]+:[^\s:]+)?$")] = "root:root"
    mode: Annotated[str, Field(pattern=r"^([0-7]{4})?$")] = "0644"


class FileSetSpec(Spec):
    """Configuration files of one daemon on one target. Not for secrets: content stands in previews and in the state.

    Of a file that others have a part in (the cluster's firewall) the content is our part alone.

    `check` runs after the swap, `reload` when it agreed, `verify` is then polled for `verify_seconds`; when one of them
    fails the previous version comes back. `absent` are files that must not be there. `applied` is "yes"; the live one
    tells when the daemon may not have the files.
    """

    target: Target
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]*$")]
    files: dict[AbsolutePath, SetFile]
    absent: tuple[AbsolutePath, ...] = ()
    check: tuple[str, ...] = ()
    reload: tuple[str, ...] = ()
    verify: tuple[str, ...] = ()
    verify_seconds: int = 15
    applied: str = APPLIED

    def __str__(self) -> str:
        return f"files {self.name} of {self.target}"

    @property
    def host(self) -> str:
        return self.target.node

    @property
    def unit(self) -> str:
        """The systemd unit that reads the files, empty where `reload` names none."""
        return self.reload[-1] if self.reload[:1] == ("systemctl",) else ""

    @field_validator("files")
    @classmethod
    def _as_the_cluster_file_system_has_it(cls, files: dict[str, SetFile]) -> dict[str, SetFile]:
        # pmxcfs gives every file root:www-data 0640 and refuses any other: https://pve.proxmox.com/wiki/Proxmox_Cluster_File_System_(pmxcfs)
        free = {"owner": "", "mode": ""}
        return {
            path: file.model_copy(update=free) if path.startswith(CLUSTER_FILES) else file
            for path, file in files.items()
        }
