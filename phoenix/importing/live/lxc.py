"""Live containers: https://pve.proxmox.com/pve-docs/pct.1.html#pct_configuration"""

import re
from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from phoenix.importing import paths
from phoenix.importing.guest import NewGuest
from phoenix.importing.ledger import Fate, Ledger
from phoenix.importing.live.around import Around
from phoenix.importing.live.guest import STAYS, begin, network, sizes, switches
from phoenix.importing.old import Old
from phoenix.model.guest.lxc import UNPRIVILEGED_BASE
from phoenix.model.guest.raw_line import RawLine
from phoenix.vocabulary import id_map_lines
from phoenix.vocabulary.files import BelowRoot, FileMode, NodePath
from phoenix.vocabulary.property_strings import gib, is_set, slots, split, storage_of

_FLAGS = ("nesting", "keyctl", "fuse", "mknod")
_NVIDIA = frozenset(("/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools"))
_SNAPSHOT = "final-form"
_SOURCE = "nothing tells what it was made from; it counts only if the guest is lost and made again"
_MAPS = "it is no map of ranges with all else shifted by 100000, and stays as it is"
_NOBODYS = (
    "its owner on the node is nobody in the container, or its mode has more than the usual bits; it stays mounted"
)
_RAW: TypeAdapter[str] = TypeAdapter(RawLine)
_ON_NODE: TypeAdapter[str] = TypeAdapter(NodePath)
_INSIDE: TypeAdapter[str] = TypeAdapter(BelowRoot)
_MODE: TypeAdapter[str] = TypeAdapter(FileMode)


def container(ledger: Ledger, vmid: int, top: Old, around: Around) -> NewGuest:
    """The container, without what is inside of it and without its firewall."""
    guest = begin(ledger, "lxc", "hostname", vmid, top)
    file, config = guest.file, top.need("config")
    system = config.get("ostype")
    file.add(("source", "template"), around.archive(str(system.data) if system else "") or "unknown.tar.zst", _SOURCE)
    sizes(guest, "rootfs", around, around.lxc_storage)
    if (swap := config.get("swap")) is not None:
        file.keep(("swap_mb",), swap, int(str(swap.data)))
    card = config.need("net0")
    _, props = split(str(card.data))
    network(guest, card, card, props.get("hwaddr", ""), around)
    _note_card(guest, card, props)
    _privilege(guest)
    _features(guest)
    maps = _id_maps(guest)
    _options(guest)
    _mounts(guest, maps, around)
    _cards(guest)
    _status(guest)
    switches(guest)
    return guest


def _privilege(guest: NewGuest) -> None:
    old = guest.old.need("config").get("unprivileged")
    if old is not None:
        guest.file.keep(("unprivileged",), old, is_set(str(old.data)))
    else:
        guest.file.add(("unprivileged",), False)


def _note_card(guest: NewGuest, card: Old, props: Mapping[str, str]) -> None:
    others = sorted(props.keys() - {"name", "bridge", "ip", "gw", "hwaddr", "type", "firewall"})
    if others:
        guest.ledger.note(Fate.LEFT_OUT, card, why=f"{STAYS}: {', '.join(others)}")


def _features(guest: NewGuest) -> None:
    old = guest.old.need("config").get("features")
    if old is None:
        return
    _, props = split(str(old.data))
    for name in _FLAGS:
        if props.get(name) in ("0", "1"):
            guest.file.keep((name,), old, props[name] == "1")
    if others := sorted(props.keys() - {*_FLAGS}):
        guest.ledger.note(Fate.LEFT_OUT, old, why=f"{STAYS}: {', '.join(others)}")


def _id_maps(guest: NewGuest) -> tuple[id_map_lines.Range, ...] | None:
    """Its ranges; None where the configuration cannot say them."""
    lines = [each for each in _raw(guest) if str(each.data).startswith("lxc.idmap:")]
    texts = [str(each.data) for each in lines]
    found = id_map_lines.ranges(texts)
    unprivileged = guest.file.get("unprivileged")
    if not texts:
        return ()
    if not unprivileged or sorted(id_map_lines.lines(found)) != sorted(texts):
        for each in lines:
            guest.ledger.leave_out(each, _MAPS)
        return None
    for index, (kind, first, host, size) in enumerate(found):
        made = {"type": kind, "container_id": first, "host_id": host, "size": size}
        guest.file.add(("id_maps", index), made)
    for each in lines:
        guest.ledger.note(Fate.SPELLED, each, guest.file.place("id_maps"), None)
    return found


def _options(guest: NewGuest) -> None:
    for each in _raw(guest):
        text = str(each.data)
        if text.startswith("lxc.idmap:"):
            continue
        if each.is_secret:
            guest.ledger.leave_out(each, "it looks like a secret, which no file holds; it stays as it is")
        elif _fits(_RAW, text):
            guest.file.keep(("lxc_options", len(guest.file.get("lxc_options") or ())), each, text)
        else:
            guest.ledger.leave_out(each, STAYS)


def _mounts(guest: NewGuest, maps: tuple[id_map_lines.Range, ...] | None, around: Around) -> None:
    config = guest.old.need("config")
    seen = guest.old.get("directories")
    for key in slots(config.mapping_data(), "mp"):
        each = config.need(key)
        bare, props = split(str(each.data))
        inside = props.get("mp", "")
        if not _fits(_INSIDE, inside):
            guest.ledger.leave_out(each, STAYS)
        elif bare.startswith("/"):
            _bind(guest, each, bare, maps, around, seen.get(bare) if seen is not None else None)
        elif gib(str(each.data)):
            _volume(guest, each, bare, props)
        else:
            guest.ledger.leave_out(each, "Proxmox does not say how large the volume is; it stays as it is")


def _bind(
    guest: NewGuest,
    old: Old,
    path: str,
    maps: tuple[id_map_lines.Range, ...] | None,
    around: Around,
    seen: Old | None,
) -> None:
    _, props = split(str(old.data))
    if seen is None or not _fits(_ON_NODE, path):
        guest.ledger.leave_out(old, "its directory on the node could not be looked at; it stays mounted")
        return
    there = seen.mapping_data()
    owner = [_inside_id(guest, maps, kind, int(there[kind])) for kind in ("uid", "gid")]
    mode = str(there["mode"]).zfill(4)
    if None in owner or not _fits(_MODE, mode):
        guest.ledger.leave_out(old, _NOBODYS)
        guest.ledger.leave_out(seen, _NOBODYS)
        return
    at = ("mounts", len(guest.file.get("mounts") or ()))
    short = paths.below(path, f"{around.lxc_persistent}/{guest.vmid}") or path
    guest.file.keep((*at, "host_path"), old, short)
    guest.file.keep((*at, "container_path"), old, props["mp"])
    _read_only(guest, old, at, props)
    for key, number, old_key in (("owner_uid", owner[0], "uid"), ("owner_gid", owner[1], "gid")):
        if number:
            guest.file.add((*at, key), number)
        guest.file.ledger.note(Fate.SPELLED, seen.need(old_key), guest.file.place(*at, key), number)
    if mode != "0755":
        guest.file.add((*at, "mode"), mode)
    guest.ledger.note(Fate.SPELLED, seen.need("mode"), guest.file.place(*at, "mode"), mode)
    _note_mount(guest, old, props)


def _volume(guest: NewGuest, old: Old, bare: str, props: Mapping[str, str]) -> None:
    at = ("volumes", len(guest.file.get("volumes") or ()))
    guest.file.keep((*at, "storage"), old, storage_of(bare))
    guest.file.keep((*at, "size_gb"), old, gib(str(old.data)))
    guest.file.keep((*at, "container_path"), old, props["mp"])
    _read_only(guest, old, at, props)
    _note_mount(guest, old, props)


def _read_only(guest: NewGuest, old: Old, at: tuple[str | int, ...], props: Mapping[str, str]) -> None:
    if "ro" in props:
        guest.file.keep((*at, "read_only"), old, is_set(props["ro"]))


def _note_mount(guest: NewGuest, old: Old, props: Mapping[str, str]) -> None:
    if others := sorted(props.keys() - {"mp", "ro", "size"}):
        guest.ledger.note(Fate.LEFT_OUT, old, why=f"{STAYS}: {', '.join(others)}")


def _inside_id(guest: NewGuest, maps: tuple[id_map_lines.Range, ...] | None, kind: str, number: int) -> int | None:
    """A user or group of the node as the container has it; None for one that is nobody there."""
    if not guest.file.get("unprivileged"):
        return number
    for each, first, host, size in maps or ():
        if each == kind and host <= number < host + size:
            return first + number - host
    shifted = number - UNPRIVILEGED_BASE
    taken = any(each == kind and first <= shifted < first + size for each, first, _, size in maps or ())
    return shifted if maps is not None and 0 <= shifted < 65536 and not taken else None


def _cards(guest: NewGuest) -> None:
    config = guest.old.need("config")
    devices: dict[str, Old] = {}
    for key in slots(config.mapping_data(), "dev"):
        bare, props = split(str(config.need(key).data))
        devices[bare or props.get("path", "")] = config.need(key)
    cards = sorted(int(match[1]) for path in devices if (match := re.fullmatch(r"/dev/nvidia(\d+)", path)))
    if cards and devices.keys() >= _NVIDIA:
        guest.file.add(("gpus",), cards)
        for path, each in devices.items():
            if path in _NVIDIA or re.fullmatch(r"/dev/nvidia\d+", path):
                guest.ledger.note(Fate.SPELLED, each, guest.file.place("gpus"), cards)


def _status(guest: NewGuest) -> None:
    """Whether it runs, and whether others are cloned from it: the product freezes such a one by a snapshot."""
    status, snapshots = guest.old.need("status"), guest.old.get("snapshots")
    names = snapshots.data if snapshots is not None else []
    if status.data == "running":
        guest.file.refer(("running",), status, True)
    elif _SNAPSHOT in names and not guest.file.get("mounts"):
        guest.file.add(("template",), True)
        guest.file.refer(("template",), status, True)
        assert snapshots is not None
        guest.ledger.note(Fate.SPELLED, snapshots, guest.file.place("template"), True)
    else:
        guest.file.keep(("running",), status, False)


def _raw(guest: NewGuest) -> list[Old]:
    found = guest.old.get("lxc")
    return [] if found is None else [*found.entries()]


def _fits(kind: TypeAdapter[Any], value: object) -> bool:
    try:
        kind.validate_python(value)
    except ValidationError:
        return False
    return True
