"""What a lab could leave behind on the machine: a snapshot of it, and the difference of two."""

import os
from dataclasses import dataclass, fields
from pathlib import Path

NAMESPACES = ("cgroup", "ipc", "mnt", "net", "pid", "user", "uts")


@dataclass(frozen=True)
class Traces:
    """Processes, mounts, namespaces and control groups of the machine at one moment."""

    processes: frozenset[str]
    mounts: frozenset[str]
    namespaces: frozenset[str]
    cgroups: frozenset[str]

    def added(self, before: "Traces", mark: str = "") -> list[str]:
        """What is there now and was not before; with ``mark`` only entries that contain it."""
        return [
            f"{field.name}: {entry}"
            for field in fields(self)
            for entry in sorted(getattr(self, field.name) - getattr(before, field.name))
            if mark in entry
        ]


def traces() -> Traces:
    """Take a snapshot. Processes are named by ID and start time, so that a reused ID counts as new."""
    processes, namespaces = set(), set()
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
            start = (folder / "stat").read_text().rpartition(")")[2].split()[19]
            if command:
                processes.add(f"{folder.name}@{start} {command}")
            for kind in NAMESPACES:
                namespaces.add(os.readlink(folder / "ns" / kind))
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue  # it ended while we looked
    mounts = {" ".join(line.split()[4:]) for line in Path("/proc/self/mountinfo").read_text().splitlines()}
    roots = Path("/sys/fs/cgroup")
    cgroups = {folder for folder, _, _ in os.walk(roots)}
    return Traces(frozenset(processes), frozenset(mounts), frozenset(namespaces), frozenset(cgroups))
