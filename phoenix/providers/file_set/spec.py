"""What a set of files is, and what there is to do about it."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, field_validator

from phoenix.clients.target import Target
from phoenix.providers.reconciler import Spec

APPLIED = "yes"
CLUSTER_FILES = "/etc/pve/"
Path = Annotated[str, Field(pattern=r"^/(.*/)*[^/]+$")]


class SetFile(Spec):
    """One file; `owner` (`user:group`) and `mode` (four octal digits) are empty where the file system decides them."""

    content: str
    owner: Annotated[str, Field(pattern=r"^([^\s:]+:[^\s:]+)?$")] = "root:root"
    mode: Annotated[str, Field(pattern=r"^(0[0-7]{3})?$")] = "0644"


class FileSetSpec(Spec):
    """Files of one daemon on one target.

    `check` runs before the swap for each changed file when one of its words holds `{path}` (the staged file), else
    after the swap. `reload` runs when something changed, `verify` is then polled for `verify_seconds`. `absent` are
    files that must not be there. `applied` is "yes"; the live one tells when the daemon may not have the files.
    """

    target: Target
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]*$")]
    files: dict[Path, SetFile]
    absent: tuple[Path, ...] = ()
    check: tuple[str, ...] = ()
    reload: tuple[str, ...] = ()
    verify: tuple[str, ...] = ()
    verify_seconds: int = 15
    applied: str = APPLIED

    @field_validator("files")
    @classmethod
    def _as_the_cluster_file_system_has_it(cls, files: dict[str, SetFile]) -> dict[str, SetFile]:
        # pmxcfs gives every file root:www-data 0640 and refuses any other: https://pve.proxmox.com/wiki/Proxmox_Cluster_File_System_(pmxcfs)
        free = {"owner": "", "mode": ""}
        return {
            path: file.model_copy(update=free) if path.startswith(CLUSTER_FILES) else file
            for path, file in files.items()
        }


@dataclass(frozen=True)
class Swap:
    """Brings the files of `put` into place, removes those of `drop`, and makes the daemon take them."""

    put: tuple[str, ...]
    drop: tuple[str, ...]

    def __str__(self) -> str:
        changes = [f"write {path}" for path in self.put] + [f"remove {path}" for path in self.drop]
        return ", ".join(changes)


@dataclass(frozen=True)
class Apply:
    """Makes the daemon take the files that are there already."""

    def __str__(self) -> str:
        return "reload"


FileSetAction = Swap | Apply
