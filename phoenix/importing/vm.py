"""Virtual machines of the old files."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from phoenix.importing import paths
from phoenix.importing.guest import NewGuest, begin, network, service, storage
from phoenix.importing.ledger import Ledger
from phoenix.importing.old import Old

_IMAGES = (".qcow2", ".raw", ".vmdk")
_SWARM = {"primary": "manager", "agent": "worker"}


@dataclass(frozen=True)
class Around:
    """What is known of the cluster before its machines are read."""

    pools: tuple[str, ...]
    bridge: str
    storage: str
    """The node's storage for machines."""
    defaults: Old | None
    """The old `vm_defaults`."""
    smallest: dict[int, int]
    """The smallest disk of the guests that are cloned from a VMID."""


def machine(ledger: Ledger, old: Old, around: Around) -> NewGuest:
    """The machine, without its features, its firewall and its stacks."""
    number = old.need("vmid")
    if not 100 <= number.number() <= 999_999_999:
        raise number.refuse("a VMID from 100 to 999999999")
    guest = begin(ledger, "vm", number.number(), old)
    file = guest.file
    file.keep(("vmid",), number, number.number())
    _source(guest)
    for key in ("cores", "memory_mb"):
        _default(guest, around, key, key)
    _disk(guest, around)
    storage(guest, "vm", around.storage)
    network(guest, "nameserver", around.bridge, "a machine's one card is net0")
    if (found := old.get("is_template")) is not None:
        file.keep(("template",), found, found.switch())
    _user(guest)
    _shares(guest, around)
    _member(guest)
    if (found := old.get("traefik_service")) is not None:
        _service(guest, found)
    return guest


def _source(guest: NewGuest) -> None:
    clone, image = guest.old.get("clone_from_vmid"), guest.old.get("template_image")
    if clone is not None:
        guest.file.keep(("source", "clone"), clone, clone.number())
        guest.ledger.leave_out(image, "the guest is cloned")
    elif image is not None:
        name = PurePosixPath(image.text()).name
        if name.endswith(_IMAGES):
            guest.file.keep(("source", "image"), image, name)
        else:
            why = "Proxmox imports images whose names end in .qcow2, .raw or .vmdk; Ubuntu's .img is a qcow2: rename it"
            guest.file.change(("source", "image"), str(PurePosixPath(name).with_suffix(".qcow2")), image, why)
    else:
        raise guest.old.refuse("clone_from_vmid or template_image: what the guest is made from")


def _default(guest: NewGuest, around: Around, old_key: str, key: str) -> None:
    if guest.file.get(key) is not None:
        return
    found = around.defaults.get(old_key) if around.defaults is not None else None
    if found is None:
        raise guest.old.refuse(f"{old_key}, here or in vm_defaults")
    guest.file.keep((key,), found, found.number())


def _disk(guest: NewGuest, around: Around) -> None:
    given = guest.old.get("disk_size_gb")
    if given is None and around.defaults is not None:
        given = around.defaults.get("disk_size_gb")
    if given is None:
        raise guest.old.refuse("disk_size_gb, here or in vm_defaults")
    smallest = around.smallest.get(guest.vmid)
    if smallest is not None and smallest < given.number():
        why = (
            "no more than the smallest guest that is cloned from it: a disk only grows; the old system ignored the key"
        )
        guest.file.change(("disk_gb",), smallest, given, why)
    else:
        guest.file.keep(("disk_gb",), given, given.number())


def smallest_clones(machines: Iterable[Old], defaults: Old | None) -> dict[int, int]:
    """The smallest disk of the guests that are cloned from each VMID."""
    found: dict[int, int] = {}
    for each in machines:
        clone, size = each.get("clone_from_vmid"), each.get("disk_size_gb")
        size = size or (defaults.get("disk_size_gb") if defaults is not None else None)
        if clone is not None and size is not None:
            found[clone.number()] = min(size.number(), found.get(clone.number(), size.number()))
    return found


def _user(guest: NewGuest) -> None:
    given = guest.old.get("user_config")
    user = given.get("username") if given is not None else None
    if given is None or user is None:
        guest.file.add(("cloud_init", "user"), "phoenix_user", "the old system's default")
    else:
        guest.file.keep(("cloud_init", "user"), user, user.text())
    for key, found in given.items() if given is not None else ():
        if key != "username":
            guest.ledger.leave_out(found, "the first user logs in by the key of the setting sshKey, without a password")


def _shares(guest: NewGuest, around: Around) -> None:
    index, volumes = 0, guest.old.get("volumes")
    for each in volumes.entries() if volumes is not None else ():
        kind = each.get("type")
        if kind is not None and kind.text() != "nfs":
            raise kind.refuse("nfs")
        path = each.need("path")
        if PurePosixPath(path.text()).name == ".step-ca":
            why = "the authority's password lay there, readable for everybody; guests trust the root by trusted_ca"
            guest.ledger.leave_out(each, why)
            continue
        guest.ledger.leave_out(kind, "a machine mounts nothing but NFS")
        guest.ledger.leave_out(each.get("name"), "a share is known by where it is mounted")
        for key in ("server", "path", "mount_point"):
            found = each.need(key)
            spelled = paths.on_node(found.text(), around.pools) if key == "path" else found.text()
            if spelled == found.data:
                guest.file.keep(("nfs", index, key), found)
            else:
                guest.file.change(("nfs", index, key), spelled, found, paths.TWO_ROOTS)
        index += 1


def _member(guest: NewGuest) -> None:
    """Its places in the Swarm and in Portainer."""
    file, old = guest.file, guest.old
    given, swarm = old.get("portainer_role"), old.get("swarm_role")
    role = "none" if given is None else given.text().lower()
    if role in ("none", "infrastructure"):
        guest.ledger.leave_out(given, "no part in Portainer, which is what a guest has without saying so")
    elif given is not None and role in _SWARM:
        file.keep(("portainer", "role"), given, role)
    elif given is not None:
        raise given.refuse("primary, agent or none")
    environment = old.get("portainer_environment_name")
    if role == "agent" and environment is not None:
        file.keep(("portainer", "environment"), environment, environment.text())
    elif role == "agent":
        file.add(("portainer", "environment"), guest.name, "an environment has a name: the guest's")
    else:
        guest.ledger.leave_out(environment, "only an agent makes an environment")
    if swarm is not None:
        file.keep(("swarm", "role"), swarm, swarm.text().lower())
    elif role in _SWARM:
        why = "stacks are deployed in a Swarm; the old system of this version had none"
        file.add(("swarm", "role"), _SWARM[role], why)
    labels = old.get("node_labels")
    for each in labels.entries() if labels is not None else ():
        match = re.fullmatch(r"([^=\s]+)=(.*)", each.text())
        if match is None or swarm is None:
            raise each.refuse("NAME=VALUE, of a member of the Swarm")
        file.keep(("swarm", "labels", match[1]), each, match[2])


def _service(guest: NewGuest, old: Old) -> None:
    if guest.file.get("portainer", "role") == "agent" and old.need("port").number() == 9001:
        direct = "the agent speaks a protocol of its own, which no proxy passes: its name leads to the guest"
        service(guest, old, "https", "the agent speaks TLS", direct=direct)
    elif guest.file.get("portainer", "role") == "primary":
        service(guest, old, "https", "Portainer serves TLS at this port")
    else:
        given = old.get("scheme")
        why = "the old Traefik spoke TLS to every virtual machine"
        service(guest, old, "https" if given is None else given.text().lower(), why)
