"""The pure planner: a table of cases, and for any live and desired state a plan that ends in agreement."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from phoenix.errors import OperationError
from phoenix.model.loader import load
from phoenix.plan import guests
from phoenix.plan.choices import Choices
from phoenix.providers.proxmox.guest import lxc_config, plan, raw, vm_config
from phoenix.providers.proxmox.guest.lxc import LxcReconciler
from phoenix.providers.proxmox.guest.vm import VmReconciler
from phoenix.specs.guest import IdMap, LxcSpec, VmSpec

BASE: dict[str, Any] = {
    "node": "10.0.0.13",
    "node_name": "phoenix",
    "vmid": 101,
    "name": "web",
    "source": {"kind": "template", "volume": "local:vztmpl/x.tar.zst"},
    "storage": "tank",
    "disk_gb": 8,
    "cores": 1,
    "memory_mb": 512,
    "network": {"bridge": "vmbr0", "address": "dhcp"},
}
BIND = {"container_path": "/a", "host_path": "/srv/a"}
VOLUME = {"container_path": "/v", "storage": "tank", "size_gb": 2}


def lxc(**given: Any) -> LxcSpec:
    return LxcSpec.model_validate({**BASE, **given})


def vm(**given: Any) -> VmSpec:
    return VmSpec.model_validate({**BASE, **given})


CASES: list[tuple[str, LxcSpec | None, LxcSpec, list[str]]] = [
    ("nothing to do", lxc(), lxc(), []),
    ("absent", None, lxc(), ["create it from local:vztmpl/x.tar.zst", "adjust what was made"]),
    (
        "absent, cloned",
        None,
        lxc(source={"kind": "clone", "vmid": 900}),
        ["create it from guest 900", "adjust what was made"],
    ),
    ("the source of an existing one", lxc(), lxc(source={"kind": "clone", "vmid": 900}), []),
    ("live change", lxc(), lxc(cores=2, tags=["a"]), ["set cores, tags", "apply what waits for a restart"]),
    ("change of a stopped one", lxc(running=False), lxc(running=False, cores=2), ["set cores"]),
    ("change and start", lxc(running=False), lxc(cores=2), ["set cores", "start it"]),
    ("change and stop", lxc(), lxc(running=False, cores=2), ["shut it down", "set cores"]),
    (
        "growth",
        lxc(mounts=[VOLUME]),
        lxc(disk_gb=9, mounts=[VOLUME | {"size_gb": 3}]),
        ["grow / to 9 GiB", "grow /v to 3 GiB"],
    ),
    (
        "protect last",
        lxc(),
        lxc(protection=True, cores=2),
        ["set cores", "protect it", "apply what waits for a restart"],
    ),
    (
        "unprotect first",
        lxc(protection=True),
        lxc(cores=2),
        ["lift its protection", "set cores", "apply what waits for a restart"],
    ),
    (
        "a mount of a protected one",
        lxc(protection=True, running=False),
        lxc(protection=True, running=False, mounts=[BIND]),
        ["lift its protection", "set mounts", "protect it"],
    ),
    (
        "raw lines of a running one",
        lxc(),
        lxc(options=["lxc.a: b"], allow_reboot=True),
        ["shut it down", "write the raw lxc lines", "start it"],
    ),
    (
        "raw lines of a stopped one",
        lxc(running=False),
        lxc(options=["lxc.a: b"]),
        ["write the raw lxc lines", "start it"],
    ),
]


@pytest.mark.parametrize(("live", "desired", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_containers(live: LxcSpec | None, desired: LxcSpec, expected: list[str]) -> None:
    assert [str(action) for action in LxcReconciler().plan(live, desired)] == expected


def test_a_vm_becomes_a_template_after_its_configuration() -> None:
    actions = VmReconciler().plan(vm(running=True), vm(running=False, template=True, cores=2, disk_gb=9))
    assert [str(action) for action in actions] == [
        "shut it down",
        "set cores",
        "grow / to 9 GiB",
        "convert it to a template",
    ]
    assert VmReconciler().plan(vm(running=False, template=True), vm(running=False, template=True)) == []


REFUSED: list[tuple[Any, Any, str]] = [
    (lxc(disk_gb=9), lxc(), "set disk_gb to 9 or more"),
    (lxc(storage="other"), lxc(), "set storage: other"),
    (lxc(unprivileged=False), lxc(), "set unprivileged: false"),
    (lxc(mounts=[VOLUME]), lxc(mounts=[VOLUME | {"size_gb": 1}]), "set its size_gb to 2 or more"),
    (lxc(mounts=[VOLUME]), lxc(mounts=[VOLUME | {"storage": "x"}]), "set its storage to tank"),
    (lxc(mounts=[VOLUME]), lxc(mounts=[BIND | {"container_path": "/v"}]), "detach the volume by hand"),
    (lxc(mounts=[VOLUME]), lxc(), "put it back into the guest's mounts or volumes"),
    (lxc(mounts=[BIND]), lxc(cores=2), "`pct set 101 --delete mpN` detaches it"),
    (lxc(), lxc(options=["lxc.a: b"]), "allow_reboot"),
    (vm(running=False, template=True), vm(running=False), "set template: true"),
]


@pytest.mark.parametrize(("live", "desired", "next_step"), REFUSED, ids=[case[2] for case in REFUSED])
def test_refusals_name_the_way_out(live: Any, desired: Any, next_step: str) -> None:
    reconciler: Any = LxcReconciler() if isinstance(live, LxcSpec) else VmReconciler()
    with pytest.raises(OperationError, match=re.escape(next_step)):
        reconciler.plan(live, desired)


WRONG = [
    (LxcSpec, {"mounts": [{"container_path": "/a"}]}, "give either host_path"),
    (LxcSpec, {"mounts": [{"container_path": "/a", "storage": "x"}]}, "storage and size_gb"),
    (LxcSpec, {"network": {"bridge": "b", "address": "dhcp", "mac": "1:2"}}, "pattern"),
    (LxcSpec, {"name": "under_score"}, "pattern"),
]


@pytest.mark.parametrize(("spec", "given_", "words"), WRONG)
def test_wrong_specs_say_why(spec: Any, given_: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        spec.model_validate({**BASE, **given_})


def test_id_maps_cover_every_id_and_read_back() -> None:
    maps = (
        IdMap(type="uid", container_id=0, host_id=1000),
        IdMap(type="uid", container_id=65535, host_id=5),
        IdMap(type="gid", container_id=33, host_id=33, size=2),
    )
    lines = raw.idmap_lines(maps)
    assert lines == (
        "lxc.idmap: u 0 1000 1",
        "lxc.idmap: u 1 100001 65534",
        "lxc.idmap: u 65535 5 1",
        "lxc.idmap: g 0 100000 33",
        "lxc.idmap: g 33 33 2",
        "lxc.idmap: g 35 100035 65501",
    )
    assert raw.parsed_idmaps(lines) == maps
    assert raw.idmap_lines(()) == ()


WORDS = st.text("abcdef019", min_size=1, max_size=6)
NETWORKS = st.fixed_dictionaries(
    {"bridge": st.sampled_from(["vmbr0", "vmbr1"]), "address": st.sampled_from(["dhcp", "10.0.0.9/24"])},
    optional={
        "gateway": st.just("10.0.0.1"),
        "firewall": st.booleans(),
        "mac": st.sampled_from(["52:54:00:AA:BB:CC", "52:54:00:aa:bb:cd"]),
    },
)
MOUNTS = st.lists(
    st.one_of(
        st.builds(lambda a, b: {"container_path": f"/b/{a}", "host_path": f"/srv/{b}"}, WORDS, WORDS),
        st.builds(
            lambda a, ro, size: {"container_path": f"/v/{a}", "storage": "tank", "size_gb": size, "read_only": ro},
            *(WORDS, st.sampled_from([None, False, True]), st.integers(1, 3)),
        ),
    ),
    max_size=4,
    unique_by=lambda mount: mount["container_path"],
)
COMMON: dict[str, Any] = {
    "cores": st.integers(1, 4),
    "memory_mb": st.integers(16, 4096),
    "network": NETWORKS,
    "disk_gb": st.integers(1, 20),
    "nameserver": st.sampled_from([None, "1.1.1.1", "9.9.9.9"]),
    "search_domain": st.sampled_from([None, "a.example"]),
    "onboot": st.sampled_from([None, False, True]),
    "boot_order": st.sampled_from([None, 0, 3]),
    "boot_delay": st.sampled_from([None, 5]),
    "tags": st.lists(WORDS, max_size=3, unique=True),
    "description": st.sampled_from([None, "", "one", "two\nlines"]),
    "protection": st.booleans(),
    "running": st.booleans(),
    "allow_reboot": st.booleans(),
}
CONTAINERS = st.fixed_dictionaries(
    {
        **COMMON,
        "swap_mb": st.none() | st.integers(0, 512),
        "features": st.sampled_from([[], ["nesting=1"], ["nesting=1", "fuse=1"], ["fuse=0", "nesting=1"]]),
        "devices": st.lists(st.sampled_from(["/dev/a", "/dev/b", "/dev/c"]), unique=True),
        "mounts": MOUNTS,
        "options": st.lists(st.sampled_from(["lxc.a: 1", "lxc.b=2", "lxc.c = x y"]), unique=True),
        "id_maps": st.sampled_from([[], [{"type": "uid", "container_id": 7, "host_id": 7}]]),
    }
).map(lambda given: lxc(**given))
MACHINES = st.fixed_dictionaries(
    {
        **COMMON,
        "template": st.booleans(),
        "user": st.sampled_from([None, "phoenix_user"]),
        "ssh_public_key": st.sampled_from([None, "ssh-ed25519 AAAA+/= me", "ssh-ed25519 BBBB me\n"]),
        "agent": st.booleans(),
    }
).map(lambda given: vm(**{**given, "running": given["running"] and not given["template"]}))


class Simulated:
    """A guest that does what Proxmox's documentation says: a configuration, raw lines, and a power state."""

    def __init__(self, reconciler: Any) -> None:
        self.reconciler = reconciler
        self.config: dict[str, str] = {}
        self.text = ""
        self.running = False

    def seen(self, desired: Any) -> Any:
        live = self.reconciler.decode(self.config, desired).model_copy(update={"running": self.running})
        if not isinstance(desired, LxcSpec):
            return live
        seen = raw.observed(self.text, desired)
        return live.model_copy(update={"id_maps": seen.id_maps, "options": seen.options})

    def do(self, desired: Any, action: plan.Action) -> None:
        match action:
            case plan.Create():
                disk = (
                    {"rootfs": "tank:vm-101-disk-0,size=1G"}
                    if isinstance(desired, LxcSpec)
                    else {"scsi0": "tank:vm-101-disk-0,size=1G"}
                )
                self.config = {**disk, "unprivileged": "1", "nameserver": "8.8.8.8", "mp0": "tank:x,mp=/old,size=1G"}
                self.config[self.reconciler.name_key] = desired.name
            case plan.Adjust():
                for key, value in self.reconciler.inherited(self.config, desired).items():
                    self._set(key, value)
                for inner in plan.adjustments(self.seen(desired), desired, self.reconciler.fields):
                    self.do(desired, inner)
            case plan.SetConfig(fields=fields):
                keys: dict[str, str | None] = {}
                for field in fields:
                    keys |= self.reconciler.encode(desired, field, self.config)
                for key, value in keys.items():
                    self._set(key, value)
            case plan.Protect(on=on):
                self.config["protection"] = str(int(on))
            case plan.Resize(path=path, size_gb=size):
                key = self.reconciler.disk(path, self.config, desired)
                self.config[key] = re.sub(r"size=\w+", f"size={size}G", self.config[key])
            case plan.ConvertToTemplate():
                assert not self.running
                self.config["template"] = "1"
            case plan.SetRaw():
                assert not self.running
                self.text = raw.merged(self.text, desired)
            case plan.Power(on=on):
                self.running = on

    def _set(self, key: str, value: str | None) -> None:
        if re.fullmatch(r"mp\d+", key):
            assert self.config.get("protection") != "1"
        if value is None:
            self.config.pop(key, None)
            return
        found = re.match(r"tank:(\d+),", value)
        self.config[key] = value.replace(found[0], f"tank:vol-{key},size={found[1]}G,", 1) if found else value


@pytest.mark.parametrize(
    ("reconciler", "specs"), [(LxcReconciler(), CONTAINERS), (VmReconciler(), MACHINES)], ids=["lxc", "vm"]
)
def test_whatever_is_live_a_plan_is_refused_or_ends_in_agreement(reconciler: Any, specs: Any) -> None:
    @settings(max_examples=150)
    @given(first=specs, second=specs)
    def holds(first: Any, second: Any) -> None:
        guest = Simulated(reconciler)
        for action in reconciler.plan(None, first):
            guest.do(first, action)
        assert guest.seen(first) == first
        try:
            actions = reconciler.plan(guest.seen(second), second)
        except OperationError:
            return
        for action in actions:
            guest.do(second, action)
        assert guest.seen(second) == second
        assert reconciler.plan(guest.seen(second), second) == []

    holds()


def test_a_device_that_was_added_twice_by_hand_stays_once() -> None:
    reconciler, wanted = LxcReconciler(), lxc(devices=["/dev/a", "/dev/b"])
    guest = Simulated(reconciler)
    for action in reconciler.plan(None, wanted):
        guest.do(wanted, action)
    guest.config |= {"dev2": "/dev/b", "dev5": "/dev/a"}
    actions = reconciler.plan(guest.seen(wanted), wanted)
    assert actions
    for action in actions:
        guest.do(wanted, action)
    assert sorted(value for key, value in guest.config.items() if key.startswith("dev")) == ["/dev/a", "/dev/b"]
    assert reconciler.plan(guest.seen(wanted), wanted) == []


def test_the_reference_clusters_guests_are_valid() -> None:
    root = Path(__file__).parents[3]
    cluster = load(root / "config", root / "stacks", "production")
    choices = Choices(ssh_public_key="ssh-ed25519 AAAA operator")
    for guest in cluster.guests:
        planned = guests.plan(cluster, guest, choices).guest
        # what is computed from it is valid as well, not only what was given
        assert type(planned).model_validate(planned.model_dump(mode="json")) == planned


@pytest.mark.parametrize("module", [lxc_config, vm_config])
def test_every_field_is_accounted_for(module: Any) -> None:
    spec = LxcSpec if module is lxc_config else VmSpec
    apart = {"node", "node_name", "api_port", "vmid", "name", "source", "storage", "disk_gb", "protection", "running"}
    apart |= {"allow_reboot", "unprivileged", "id_maps", "options", "template"}
    assert set(spec.model_fields) - apart == set(module.FIELDS)
