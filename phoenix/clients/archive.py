"""Tar archives for a command's standard input: several files in one go, none of them in its arguments."""

import io
import tarfile
import time
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Member:
    """A file of an archive: its content and its mode (octal digits)."""

    content: bytes
    mode: str


def packed(members: Mapping[str, Member]) -> bytes:
    """A tar archive of the members by their names."""
    buffer, now = io.BytesIO(), int(time.time())
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, member in members.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode, entry.mtime = len(member.content), int(member.mode, 8), now
            archive.addfile(entry, io.BytesIO(member.content))
    return buffer.getvalue()


def unpacked(archive: bytes) -> dict[str, bytes]:
    """The regular files of a tar archive by their names."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        files = {entry.name: opened.extractfile(entry) for entry in opened}
        return {name: file.read() for name, file in files.items() if file is not None}
