"""Live virtual machines: https://pve.proxmox.com/pve-docs/qm.1.html#qm_configuration"""

import re

from phoenix.importing.guest import NewGuest
from phoenix.importing.ledger import Fate, Ledger
from phoenix.importing.live.around import Around
from phoenix.importing.live.guest import STAYS, begin, network, sizes, switches
from phoenix.importing.old import Old
from phoenix.vocabulary.property_strings import is_set, split
from phoenix.vocabulary.vm_disks import boot_disk

_SOURCE = "nothing tells what it was made from; it counts only if the guest is lost and made again"
_USER = "a template without a user of cloud-init gets this one; the first `up` writes it"
_USER_NAME = re.compile(r"[a-z_][a-z0-9_-]{0,31}")


def machine(ledger: Ledger, vmid: int, top: Old, around: Around) -> NewGuest:
    """The machine, without what is inside of it and without its firewall."""
    guest = begin(ledger, "vm", "name", vmid, top)
    file, config = guest.file, top.need("config")
    texts = {key: str(value) for key, value in config.mapping_data().items()}
    disk = boot_disk(texts)
    assert disk is not None
    template = is_set(texts.get("template"))
    sizes(guest, disk, around, around.vm_storage)
    _source(guest, around)
    card = config.need("net0")
    bare, props = split(str(card.data))
    model, mac = next(((key, value) for key, value in props.items() if ":" in value), (bare, ""))
    network(guest, card, config.get("ipconfig0"), mac, around)
    others = sorted(props.keys() - {model, "bridge", "firewall"})
    if others or model != "virtio":
        kept = ", ".join([model, *others])
        guest.ledger.note(Fate.LEFT_OUT, card, why=f"{STAYS}: {kept}")
    user = config.get("ciuser")
    if user is not None and _USER_NAME.fullmatch(str(user.data)):
        file.keep(("cloud_init", "user"), user)
    else:
        file.add(("cloud_init", "user"), "phoenix_user", _USER)
    status = top.need("status")
    if template:
        file.keep(("template",), config.need("template"), True)
        guest.ledger.note(Fate.SPELLED, status, file.place("template"), True)
    elif status.data == "running":
        file.refer(("running",), status, True)
    else:
        file.keep(("running",), status, False)
    _agent(guest, config, template=template)
    _key(guest, top)
    switches(guest)
    return guest


def _source(guest: NewGuest, around: Around) -> None:
    vmid, size = around.vm_template or (guest.vmid, 0)
    if vmid != guest.vmid and size <= guest.file.get("disk_gb"):
        guest.file.add(("source", "clone"), vmid, _SOURCE)
    else:
        guest.file.add(("source", "image"), max(around.images, default="unknown.qcow2"), _SOURCE)


def _key(guest: NewGuest, top: Old) -> None:
    """Who may log in: the program's key, for every machine."""
    keys, ours = top.need("config").get("sshkeys"), top.get("key_is_ours")
    if ours is None:
        return
    place = guest.file.place("cloud_init", "user")
    guest.ledger.note(Fate.KEPT, ours, place, ours.data)
    if ours.data and keys is not None:
        guest.ledger.note(Fate.KEPT, keys, place)
    else:
        subject = keys or ours
        guest.ledger.note(Fate.CHANGED, subject, place, "", "cloud-init gives it another key than that of sshKey")


def _agent(guest: NewGuest, config: Old, *, template: bool) -> None:
    agent = config.get("agent")
    bare, props = split(str(agent.data) if agent is not None else "0")
    if agent is not None and is_set(bare or props.get("enabled")):
        guest.ledger.note(Fate.KEPT, agent, guest.file.place("type"), None)
    elif template:
        subject = agent or config.need("name")
        why = "the product reaches every machine by its guest agent, and turns it on in the template"
        guest.ledger.note(Fate.CHANGED, subject, guest.file.place("type"), "vm", why)
