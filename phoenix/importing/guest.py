"""What containers and virtual machines of the old files have in common."""

import re
from dataclasses import dataclass

from phoenix.importing.ledger import Fate, Ledger, Place
from phoenix.importing.new_file import NewFile
from phoenix.importing.old import Old

CLUSTER = "config/cluster.yaml"
ORDER = (
    *("type", "vmid", "name", "roles", "source", "cores", "memory_mb", "swap_mb", "disk_gb", "storage", "network"),
    *("template", "running", "onboot", "boot", "unprivileged", "nesting", "lxc_options", "id_maps", "mounts"),
    *("volumes", "gpus", "features", "depends_on", "cloud_init", "traefik_service", "nfs", "swarm", "portainer"),
    *("docker_stacks", "firewall"),
)
"""The keys of a guest's file, as people read them."""

LEFT_OUT = {
    "enable_lifecycle_snapshots": "the product takes and names the snapshots that it needs",
    "template_snapshot_name": "template says it; the product names the snapshot",
    "trigger_sync_on_completion": "one up does everything, in its order",
    "tests": "each feature brings its own check",
    "health_check": "each feature brings its own check",
    "health_checks": "each feature brings its own check",
    "dns_records": "the old system never read it",
    "secondary_network_config": "a guest has one network card",
}
"""Keys of a guest that have no place in the configuration, and why."""


@dataclass(frozen=True, eq=False)
class NewGuest:
    """A guest on its way: its old value, and its file."""

    vmid: int
    name: str
    old: Old
    file: NewFile

    @property
    def ledger(self) -> Ledger:
        return self.file.ledger

    @property
    def ip(self) -> str:
        """Its address without the prefix; empty with DHCP."""
        address = str(self.file.get("network", "address") or "dhcp")
        return "" if address == "dhcp" else address.partition("/")[0]

    def has(self, feature: str) -> bool:
        """Whether the old file lists the feature."""
        found = self.old.get("features")
        return found is not None and any(each.data == feature for each in found.entries())


def begin(ledger: Ledger, kind: str, vmid: int, old: Old) -> NewGuest:
    """The guest with its names and sizes."""
    given = old.need("name")
    name = host_name(given.text())
    if not name:
        raise given.refuse("a name of letters, digits, - and .")
    file = NewFile(f"config/guests/{vmid}-{name.lower()}.yaml", ledger, order=ORDER)
    file.add(("type",), kind)
    file.add(("vmid",), vmid)
    if name == given.data:
        file.keep(("name",), given)
    else:
        file.change(("name",), name, given, "a name in Proxmox and DNS has letters, digits, - and . alone")
    for key in ("cores", "memory_mb"):
        if (found := old.get(key)) is not None:
            file.keep((key,), found, found.number())
    if (found := old.get("start_at_boot")) is not None:
        file.keep(("onboot",), found, found.switch())
    if (found := old.get("boot_order")) is not None:
        file.keep(("boot", "order"), found, found.number())
    if (found := old.get("boot_delay")) is not None:
        if old.get("boot_order") is None:
            ledger.leave_out(found, "a delay needs a boot_order")
        else:
            file.keep(("boot", "delay"), found, found.number())
    for index, each in enumerate(_list(old, "dependencies")):
        file.keep(("depends_on", index), each, each.number())
    for key, why in LEFT_OUT.items():
        if (found := old.get(key)) is not None:
            ledger.leave_out(found, why)
    return NewGuest(vmid, name, old, file)


def storage(guest: NewGuest, kind: str, of_kind: str) -> None:
    """Where its disk lies; the node's storage `of_kind` need not be said again."""
    if (found := guest.old.get("storage_pool")) is not None:
        if found.text() == of_kind:
            of_the_node(guest, found, "storages", kind)
        else:
            guest.file.keep(("storage",), found)


def network(guest: NewGuest, nameserver_key: str, bridge: str, one_card: str) -> None:
    """The guest's card, whose name is left out because of `one_card`; the node's bridge need not be said again."""
    file, old = guest.file, guest.old.need("network_config")
    address = old.need("ip")
    file.keep(("network", "address"), address, address.text())
    if (found := old.get("gw")) is not None:
        file.keep(("network", "gateway"), found, found.text())
    if (found := old.get("bridge")) is not None:
        if found.text() == bridge:
            of_the_node(guest, found, "bridge")
        else:
            file.keep(("network", "bridge"), found)
    if (found := old.get(nameserver_key)) is not None:
        first, *more = re.split(r"[\s,]+", found.text().strip())
        if more:
            file.change(("network", "nameserver"), first, found, "a guest has one name server: the first")
        else:
            file.keep(("network", "nameserver"), found, first)
    guest.ledger.leave_out(old.get("name"), one_card)
    if (found := guest.old.get("mac_address")) is not None:
        file.keep(("network", "mac"), found, found.text().upper())


def of_the_node(guest: NewGuest, old: Old, *key: str) -> None:
    """What the guest need not say, because the node says it for all."""
    guest.ledger.note(Fate.KEPT, old, Place(CLUSTER, ("node", *key)), old.data)


def service(guest: NewGuest, old: Old, scheme: str, why: str, *, direct: str = "") -> None:
    """The service of the guest, which speaks `scheme` because of `why`; `direct` is why its name leads to the guest."""
    file, at = guest.file, "traefik_service"
    name = old.need("name")
    spelled = host_name(name.text())
    if spelled == name.data:
        file.keep((at, "name"), name)
    else:
        file.change((at, "name"), spelled, name, "a name in DNS has letters, digits, - and . alone")
    port = old.need("port")
    file.keep((at, "port"), port, port.number())
    given = old.get("scheme")
    if given is None and scheme != "http":
        file.add((at, "scheme"), scheme, why)
    elif given is not None and given.text().lower() == scheme:
        file.keep((at, "scheme"), given, scheme)
    elif given is not None:
        file.change((at, "scheme"), scheme, given, why)
    if direct:
        file.add((at, "direct"), True, direct)


def host_name(text: str) -> str:
    """The text as a name that Proxmox and DNS take; empty where nothing of it is left."""
    return ".".join(filter(None, (re.sub(r"[^A-Za-z0-9-]+", "-", part).strip("-") for part in text.split("."))))


def _list(old: Old, key: str) -> list[Old]:
    found = old.get(key)
    return [] if found is None else [*found.entries()]
