"""What the lab's tasks refuse, as the tasks of a real node do."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from fakepve import FakeCt, TaskError

from lab.inside.works import Works


def snapshot(mount: str) -> list[str]:
    """Take a snapshot of a container with this mount; returns what was done."""
    done: list[str] = []
    disks = SimpleNamespace(snapshot=lambda _, name, **_more: done.append(name))
    node: Any = SimpleNamespace(runtime=None, disks=disks, guest=lambda vmid: FakeCt(vmid, config={"mp0": mount}))

    async def recorded() -> None:
        done.append("recorded")

    asyncio.run(Works(node).snapshot(recorded, 101, {"snapname": "before"}))
    return done


def test_a_directory_of_the_node_is_in_no_snapshot() -> None:
    assert snapshot("quickOS-lxc-disks:subvol-101-disk-1,mp=/data,size=8G") == ["recorded", "before"]
    with pytest.raises(TaskError, match=r"^snapshot feature is not available$"):
        snapshot("/quickOS/data,mp=/data")
