"""Raw lines of a container's file: what a real node drops, the lab drops, and the product refuses."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from fakepve import FakeCt

from lab.inside import rawlines, state
from phoenix.model.guest import raw_line


def test_an_unknown_line_is_gone_at_the_next_write(tmp_path: Path) -> None:
    file = tmp_path / "lxc" / "101.conf"
    file.parent.mkdir()
    lines = ["lxc.apparmor.profile: unconfined", "lxc.cgroup2.devices.allow = a", "lxc.hook.pre-start: /x"]
    file.write_text("\n".join([*lines, "lxc.no_new_privs: 1", "lxc.sysctl.vm.swappiness: 1", "lxc.rootfs.path: /x"]))
    node: Any = SimpleNamespace(node="pve1", cts=[FakeCt(101)], vms=[])
    state.conf_files(node, tmp_path)
    kept = [line for line in file.read_text().splitlines() if line.startswith("lxc.")]
    assert kept == [line.replace(" =", ":") for line in lines]


def test_lab_and_product_know_the_same() -> None:
    assert (rawlines.KNOWN, rawlines.FAMILIES) == (raw_line.KNOWN, raw_line.FAMILIES)
