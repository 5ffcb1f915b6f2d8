"""What live containers and virtual machines have in common, from Proxmox' keys to a guest's file."""

import re

from pydantic import TypeAdapter, ValidationError

from phoenix.importing.guest import CLUSTER, ORDER, NewGuest, of_the_node
from phoenix.importing.ledger import Fate, Ledger, Place
from phoenix.importing.live.around import Around
from phoenix.importing.new_file import NewFile
from phoenix.importing.old import Old
from phoenix.vocabulary.network import Address
from phoenix.vocabulary.property_strings import gib, is_set, split, storage_of

STAYS = "the configuration has no word for it: it stays as it is"
_NAMESERVER = "every guest has one name server that the configuration speaks of, the node where it says none"
_SEARCH = "every guest has the node's domain as its search domain; the first `up` sets it"
_SIZE = "Proxmox does not say how large it is, or it is smaller than 1 GiB; it stays as it is"
_HELPS = ("kind", "snapshots", "directories", "inside")
_TAG = re.compile(r"[a-z0-9_][a-z0-9_.+-]*")
_ADDRESS: TypeAdapter[object] = TypeAdapter(Address)


def begin(ledger: Ledger, kind: str, name_key: str, vmid: int, top: Old) -> NewGuest:
    """The guest with its name."""
    config = top.need("config")
    name = config.need(name_key)
    file = NewFile(f"config/guests/{vmid}-{name.text().lower()}.yaml", ledger, order=ORDER)
    file.add(("type",), kind)
    file.add(("vmid",), vmid)
    file.keep(("name",), name)
    return NewGuest(vmid, name.text(), top, file)


def sizes(guest: NewGuest, disk_key: str, around: Around, storage: str) -> None:
    """Cores, memory, the root disk and its storage; `storage` is the node's for guests that say none."""
    file, config = guest.file, guest.old.need("config")
    if (cores := config.get("cores")) is not None:
        file.keep(("cores",), cores, int(str(cores.data)))
    else:
        number = around.cores if guest.file.get("type") == "lxc" else 1
        file.add(("cores",), number, "Proxmox has no number there: a container has all of the node's, a machine one")
    if (memory := config.get("memory")) is not None:
        bare, props = split(str(memory.data))
        file.keep(("memory_mb",), memory, int(bare or props["current"]))
    else:
        file.add(("memory_mb",), 512, "Proxmox' own where it has no number")
    disk = config.need(disk_key)
    if size := gib(str(disk.data)):
        file.keep(("disk_gb",), disk, size)
    else:
        file.add(("disk_gb",), 1, _SIZE)
    at = storage_of(str(disk.data))
    if at and at != storage:
        file.keep(("storage",), disk, at)
    else:
        of_the_node(guest, disk, "storages", "lxc" if guest.file.get("type") == "lxc" else "vm")


def network(guest: NewGuest, card: Old, address: Old | None, mac: str, around: Around) -> None:
    """The first card; the node's bridge and name server need not be said."""
    file, config = guest.file, guest.old.need("config")
    _, here = split(str(card.data))
    _, props = split("" if address is None else str(address.data))
    if address is None:
        why = "cloud-init gives the template no address; the first `up` writes this one, which nobody uses"
        file.add(("network", "address"), "dhcp", why)
    else:
        file.keep(("network", "address"), address, props["ip"])
        if gateway := props.get("gw"):
            file.keep(("network", "gateway"), address, gateway)
    if here["bridge"] == around.bridge:
        of_the_node(guest, card, "bridge")
    else:
        file.keep(("network", "bridge"), card, here["bridge"])
    if mac:
        file.keep(("network", "mac"), card, mac.upper())
    _nameserver(guest, config.get("nameserver"), around)
    domain = config.get("searchdomain")
    place = Place(CLUSTER, ("node", "domain"))
    if domain is not None and domain.data == around.domain:
        guest.ledger.note(Fate.KEPT, domain, place, around.domain)
    else:
        subject = domain or config.need("hostname" if guest.file.get("type") == "lxc" else "name")
        guest.ledger.note(Fate.CHANGED, subject, place, around.domain, _SEARCH)


def _nameserver(guest: NewGuest, old: Old | None, around: Around) -> None:
    file, node = guest.file, str(around.address.ip)
    if old is None:
        file.add(("network", "nameserver"), node, f"{_NAMESERVER}; it had none of its own, and gets this one")
        return
    first, *more = filter(None, re.split(r"[;, ]+", str(old.data)))
    try:
        _ADDRESS.validate_python(first)
    except ValidationError:
        file.change(("network", "nameserver"), node, old, f"{_NAMESERVER}; it has an IPv4 address")
        return
    file.keep(("network", "nameserver"), old, first)
    if more:
        guest.ledger.note(Fate.LEFT_OUT, old, why=f"{_NAMESERVER}; those behind the first stay as they are")


def switches(guest: NewGuest) -> None:
    """Whether it starts with the node, when, whether it is protected; its notes and tags."""
    file, config = guest.file, guest.old.need("config")
    if (onboot := config.get("onboot")) is not None:
        file.keep(("onboot",), onboot, is_set(str(onboot.data)))
    if (startup := config.get("startup")) is not None:
        _startup(guest, startup)
    protection = config.get("protection")
    if protection is not None:
        file.keep(("protect",), protection, is_set(str(protection.data)))
    else:
        file.add(("protect",), False)
    notes = config.get("description")
    if notes is not None and notes.is_secret:
        guest.ledger.leave_out(notes, "it looks like a secret, which no file holds; it stays as it is")
    elif notes is not None and str(notes.data).strip():
        file.keep(("description",), notes, str(notes.data))
    tags = config.get("tags")
    words = [] if tags is None else [*filter(None, re.split(r"[;, ]+", str(tags.data)))]
    known = [each for each in words if _TAG.fullmatch(each)]
    if tags is not None and known:
        file.keep(("tags",), tags, known)
    if tags is not None and known != words:
        others = ", ".join(each for each in words if each not in known)
        guest.ledger.note(Fate.LEFT_OUT, tags, why=f"{STAYS}: tags of other signs ({others})")


def _startup(guest: NewGuest, old: Old) -> None:
    bare, props = split(str(old.data))
    order = bare or props.get("order", "")
    if order.isdecimal():
        guest.file.keep(("boot", "order"), old, int(order))
        if (delay := props.get("up", "")).isdecimal():
            guest.file.keep(("boot", "delay"), old, int(delay))
    if not order.isdecimal() or "down" in props:
        guest.ledger.note(Fate.LEFT_OUT, old, why=f"{STAYS}: what is no order, or the time to go down")


def rest(guest: NewGuest) -> None:
    """What nobody has read of its keys; what only helps to read them is no value."""
    for leaf in guest.old.leaves():
        if not guest.ledger.is_known(leaf) and (leaf.loc[0] in _HELPS or leaf.loc[:2] == ("config", "ostype")):
            guest.ledger.note(Fate.KEPT, leaf, guest.file.place("type"))
        if not guest.ledger.is_known(leaf):
            guest.ledger.leave_out(leaf, STAYS)
