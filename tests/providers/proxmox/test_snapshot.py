"""Snapshots against a fake Proxmox API."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from phoenix.errors import OperationError
from phoenix.providers.proxmox.snapshot import Describe, SnapshotReconciler, Take
from phoenix.specs.snapshot import SnapshotSpec
from tests.providers.core.convergence import reached
from tests.providers.proxmox import pve_host
from tests.providers.proxmox.pve_host import PveHost

SNAPSHOT = SnapshotReconciler()


@pytest.fixture
def host(fakepve: Any, fakepve_cafile: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PveHost]:
    yield from pve_host.serve(fakepve, fakepve_cafile, tmp_path, monkeypatch)


def spec(host: PveHost, **given: Any) -> SnapshotSpec:
    plain = {"node": host.node, "node_name": "pve1", "api_port": host.pve.port, "vmid": 900, "name": "final-form"}
    return SnapshotSpec.model_validate({**plain, "description": "what clones start from", **given})


def converge(host: PveHost, desired: SnapshotSpec) -> list[Any]:
    return reached(SNAPSHOT, host.settings, desired)


@pytest.mark.parametrize("kind", ["lxc", "vm"])
def test_is_taken_once_described_anew_and_removed(host: PveHost, kind: str) -> None:
    if kind == "lxc":
        host.pve.add_ct(900, "base")
    else:
        host.pve.add_vm(900, "base", config={"scsi0": "local-lvm:vm-900-disk-0,size=3G"})
    assert converge(host, spec(host, guest_kind=kind)) == [Take()]
    assert converge(host, spec(host, guest_kind=kind)) == []
    assert converge(host, spec(host, guest_kind=kind, description="other")) == [Describe()]
    SNAPSHOT.remove(host.settings, spec(host, guest_kind=kind))
    assert host.pve.guest(900).snapshots == {}
    SNAPSHOT.remove(host.settings, spec(host, guest_kind=kind))


def test_it_goes_with_its_guest(host: PveHost) -> None:
    assert SNAPSHOT.observe(host.settings, spec(host)) is None
    SNAPSHOT.remove(host.settings, spec(host))


def test_a_storage_without_snapshots_gives_its_words(host: PveHost) -> None:
    host.pve.add_ct(900, "base", config={"rootfs": "local:900/vm-900-disk-0.raw,size=4G"})
    with pytest.raises(OperationError, match=r"snapshot final-form of guest 900: take .*not available"):
        converge(host, spec(host))


def test_half_a_snapshot_is_no_snapshot(host: PveHost) -> None:
    ct = host.pve.add_ct(900, "base")
    ct.snapshots["final-form"] = {"snapstate": "prepare", "snaptime": 1}
    with pytest.raises(OperationError, match="incomplete"):
        SNAPSHOT.observe(host.settings, spec(host))
