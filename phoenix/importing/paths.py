"""The node's directories, in one spelling each: the old files have two for the same."""

from collections.abc import Iterable
from pathlib import PurePosixPath

TWO_ROOTS = "the old files spell one directory as /mnt/pve/POOL/... and as /POOL/...; ZFS mounts it at the latter"


def on_node(path: str, pools: Iterable[str]) -> str:
    """`/mnt/pve/quickOS/x` -> `/quickOS/x`, where quickOS is a pool."""
    parts = PurePosixPath(path).parts
    if parts[:3] == ("/", "mnt", "pve") and len(parts) > 3 and parts[3] in {*pools}:
        return str(PurePosixPath("/", *parts[3:]))
    return str(PurePosixPath(path))


def below(path: str, folder: str) -> str | None:
    """The rest of the path behind the folder, None where it is not in there; empty for the folder itself."""
    one, other = PurePosixPath(path), PurePosixPath(folder)
    if not one.is_relative_to(other):
        return None
    rest = str(one.relative_to(other))
    return "" if rest == "." else rest


def parent_of_vmid(path: str, vmid: int) -> str | None:
    """`/quickOS/lxc-persistent-data` of `/quickOS/lxc-persistent-data/101/ssl`, for 101."""
    parts = PurePosixPath(path).parts
    if str(vmid) in parts:
        return str(PurePosixPath(*parts[: parts.index(str(vmid))]))
    return None
