"""NFS mounts: the pure plan; the commands run in the lab, where something can be mounted."""

from typing import Any

import pytest

from phoenix.providers.inside.nfs_mount import MountAction, NfsMountReconciler
from phoenix.specs.inside import NfsMountSpec
from phoenix.specs.target import VmTarget

KIND = NfsMountReconciler()
VM = VmTarget(node="10.0.0.13", vmid=1001, address="10.0.0.111", user="someone")
WANTED = NfsMountSpec(target=VM, source="10.0.0.13:/quickOS/vm-persistent-data/1001", mount_point="/mnt/persistent")

PLANS: dict[str, tuple[dict[str, Any] | None, list[MountAction]]] = {
    "nothing to do": ({}, []),
    "not there at all": (None, [MountAction.RECORD, MountAction.MOUNT]),
    "recorded but not mounted": ({"state": "not mounted"}, [MountAction.MOUNT]),
    "another share mounted": ({"state": "another is mounted: 10.0.0.9:/x"}, [MountAction.MOUNT]),
    "other options": ({"options": ("rw",)}, [MountAction.RECORD, MountAction.MOUNT]),
    "mounted by hand, without a line": ({"source": "", "options": ()}, [MountAction.RECORD, MountAction.MOUNT]),
}


@pytest.mark.parametrize(("change", "expected"), PLANS.values(), ids=PLANS.keys())
def test_plan(change: dict[str, Any] | None, expected: list[MountAction]) -> None:
    there = None if change is None else WANTED.model_copy(update=change)
    assert list(KIND.plan(there, WANTED)) == expected


def test_what_is_observed_can_be_recorded() -> None:
    bare = WANTED.model_copy(update={"source": "", "options": ()})
    assert NfsMountSpec.model_validate(bare.model_dump(mode="json")) == bare
