"""The node, the authority, the Swarm and Portainer: what becomes `cluster.yaml`, its firewall and its names aside."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from ipaddress import AddressValueError, IPv4Address, IPv4Interface, IPv4Network, NetmaskValueError

from phoenix.importing import paths
from phoenix.importing.error import ImportingError
from phoenix.importing.guest import NewGuest
from phoenix.importing.ledger import Fate
from phoenix.importing.live.answers import Answers, at
from phoenix.importing.live.around import Around
from phoenix.importing.new_file import NewFile
from phoenix.importing.old import Old
from phoenix.model import Problem
from phoenix.vocabulary.network import is_ipv4
from phoenix.vocabulary.property_strings import gib, is_set, split, storage_of
from phoenix.vocabulary.vm_disks import boot_disk

_POOLS = ("172.20.0.0/14", "10.128.0.0/14", "192.168.128.0/17")
_WHERE = "where most guests have theirs"
_ANY = str(IPv4Address(0))
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_NO_SWARM = "no Swarm answered: an address pool away from the LAN"


def around(answers: Answers) -> Around:
    """Raises ImportingError where the node did not say what every configuration needs."""
    top = answers.node.top
    configs = [(vmid, _config(file.top)) for vmid, file in answers.guests.items()]
    cards = [split(each.get("net0", ""))[1] | split(each.get("ipconfig0", ""))[1] for _, each in configs]
    given = {key: str(top.mapping_data().get(key) or "") for key in ("address", "bridge", "domain", "gateway")}
    given["domain"] = given["domain"] or _most(each.get("searchdomain", "") for _, each in configs)
    given["gateway"] = given["gateway"] or _most(each.get("gw", "") for each in cards)
    missing = [key for key, value in given.items() if not value]
    if missing:
        allowed = f"a node that tells its {', '.join(missing)}: by `ip addr`, `ip route` and /etc/resolv.conf"
        raise ImportingError([Problem(answers.node.path, 1, "", "", allowed)])
    try:
        address, gateway = IPv4Interface(given["address"]), IPv4Address(given["gateway"])
    except (AddressValueError, NetmaskValueError, ValueError):
        raise top.need("address").refuse("IPv4 addresses") from None
    mounts = [(vmid, split(text)[0]) for vmid, each in configs for key, text in each.items() if key.startswith("mp")]
    return Around(
        address=address,
        gateway=gateway,
        bridge=given["bridge"],
        domain=given["domain"].lower(),
        cores=int(top.mapping_data().get("cores", 1)),
        lxc_storage=_most(storage_of(each["rootfs"]) for _, each in configs if "rootfs" in each) or "local-lvm",
        vm_storage=_most(storage_of(each[disk]) for _, each in configs if (disk := _disk(each))) or "local-lvm",
        lxc_persistent=_most(_parents(mounts)) or "/var/lib/phoenix/lxc",
        archives=tuple(top.mapping_data().get("archives") or ()),
        images=tuple(top.mapping_data().get("cloud_images") or ()),
        vm_template=_template(configs),
    )


def node(file: NewFile, answers: Answers, here: Around, machines: Iterable[NewGuest]) -> None:
    """The node, its paths and its storages."""
    top = answers.node.top
    file.keep(("node", "name"), top.need("name"))
    file.keep(("node", "address"), top.need("address"))
    for key, value in (("gateway", str(here.gateway)), ("bridge", here.bridge), ("domain", here.domain)):
        if (found := top.get(key)) is not None:
            file.keep(("node", key), found, value)
        else:
            file.add(("node", key), value, f"the node does not say it; {_WHERE}")
    for key in ("api_port", "ssh_port"):
        file.keep(("node", key), top.need(key))
    shares = [(each.vmid, str(share["path"])) for each in machines for share in each.file.get("nfs") or ()]
    vm_persistent = _most(_parents(shares)) or str(here.lxc_persistent).rpartition("/")[0] + "/vm-persistent-data"
    file.add(("node", "paths", "lxc_persistent"), here.lxc_persistent, "where the mounts of containers lie")
    file.add(("node", "paths", "vm_persistent"), vm_persistent, "where the shares of machines lie")
    base = here.lxc_persistent.rpartition("/")[0]
    for key, default in (("stacks", f"{base}/portainer_stacks"), ("certificates", f"{base}/certificates")):
        found = top.get(key)
        if found is not None and found.data:
            file.keep(("node", "paths", key), found)
        else:
            file.add(("node", "paths", key), default, "no such directory was found on the node")
    file.add(("node", "storages", "lxc"), here.lxc_storage, _WHERE)
    file.add(("node", "storages", "vm"), here.vm_storage, _WHERE)
    images = top.get("images")
    if images is not None and images.data:
        file.keep(("node", "storages", "images"), images)
    else:
        file.add(("node", "storages", "images"), "local", "no storage for container templates was found")
    for key in ("cores", "storages", "archives", "cloud_images"):
        if (found := top.get(key)) is not None:
            file.ledger.note(Fate.LEFT_OUT, found, why="what the node has; guests say which of it they use")


def authority(file: NewFile, answers: Answers, guests: Mapping[int, NewGuest]) -> None:
    """The certificate authority; without one those values that a configuration needs in any case."""
    file.ledger.leave_out(at(answers.authority.top, "on_node") if answers.authority else None, "the mount says it")
    if answers.authority is None:
        domain = file.get("node", "domain")
        made = {"name": "Internal CA", "root_name": "Internal CA Root CA", "directory": "/etc/step-ca/ssl"}
        made |= {"intermediate_name": "Internal CA Intermediate CA", "provisioner": f"admin@{domain}"}
        file.add(("ca",), {**made, "dns_names": [f"ca.{domain}"]}, "no authority answered")
        return
    top = answers.authority.top
    root = top.get("root_name")
    name = str(root.data).removesuffix(" Root CA") if root is not None else "Internal CA"
    file.add(("ca", "name"), name)
    if root is not None:
        file.keep(("ca", "root_name"), root)
    else:
        file.add(("ca", "root_name"), f"{name} Root CA", "its root certificate could not be read")
    if (intermediate := top.get("intermediate_name")) is not None:
        file.keep(("ca", "intermediate_name"), intermediate)
    else:
        file.add(("ca", "intermediate_name"), f"{name} Intermediate CA", "its certificate could not be read")
    for index, each in enumerate(top.need("dns_names").entries()):
        file.keep(("ca", "dns_names", index), each)
    for key in ("provisioner", "port", "max_lifetime_hours", "directory"):
        file.keep(("ca", key), top.need(key))
    holder = top.need("guest")
    if (guest := guests.get(holder.number())) is not None:
        guest.file.add(("roles",), ["ca"])
        file.ledger.note(Fate.SPELLED, holder, guest.file.place("roles"), "ca")


def swarm(file: NewFile, answers: Answers, here: Around, guests: Mapping[int, NewGuest]) -> None:
    """Its pool, its networks, and its members among the guests."""
    if answers.swarm is None:
        pool = next((each for each in _POOLS if not IPv4Network(each).overlaps(here.lan)), _POOLS[0])
        file.add(("swarm", "address_pool"), pool, _NO_SWARM)
        return
    top, ledger = answers.swarm.top, file.ledger
    for key in ("address_pool", "subnet_size"):
        file.keep(("swarm", key), top.need(key))
    for name, each in top.need("networks").items():
        index = len(file.get("swarm", "networks") or ())
        file.add(("swarm", "networks", index, "name"), name)
        file.keep(("swarm", "networks", index, "attachable"), each.need("attachable"))
        if (encrypted := each.need("encrypted")).data:
            file.keep(("swarm", "networks", index, "encrypted"), encrypted)
        else:
            ledger.note(Fate.KEPT, encrypted, file.place("swarm", "networks", index), False)
    by_name = {each.name.lower(): each for each in guests.values() if each.file.get("type") == "vm"}
    for name, each in top.need("members").items():
        guest = by_name.get(name.lower())
        if guest is None:
            why = "no machine of the configuration has its name; it stays a member"
            ledger.missing.append(f"member {name} of the Swarm: {why}")
            ledger.leave_out(each, why)
        else:
            _member(guest, each)


def _member(guest: NewGuest, each: Old) -> None:
    guest.file.keep(("swarm", "role"), each.need("role"))
    address = each.get("address")
    if address is not None and is_ipv4(str(address.data)) and address.data not in (guest.ip, _ANY):
        guest.file.keep(("swarm", "advertise"), address)
    for key, label in each.need("labels").items():
        if _LABEL.fullmatch(key):
            guest.file.keep(("swarm", "labels", key), label)
        else:
            guest.ledger.leave_out(label, "a label of other signs than letters, digits, - _ and . stays as it is")
    for leaf in each.leaves():
        if not guest.ledger.is_known(leaf):
            guest.ledger.note(Fate.KEPT, leaf, guest.file.place("swarm"))


def portainer(file: NewFile, answers: Answers, guests: Mapping[int, NewGuest]) -> None:
    """Its ports, the guest with its server, and those with an environment."""
    if answers.portainer is None:
        return
    top, ledger = answers.portainer.top, file.ledger
    for key in ("port", "agent_port"):
        file.keep(("portainer", key), top.need(key))
    member = top.need("member")
    primary = next((each for each in guests.values() if each.name.lower() == member.text().lower()), None)
    if primary is not None:
        primary.file.add(("portainer", "role"), "primary")
        ledger.note(Fate.SPELLED, member, primary.file.place("portainer", "role"), "primary")
    by_address = {each.ip: each for each in guests.values() if each.ip}
    for name, url in (answers.portainer.top.need("environments")).items():
        guest = by_address.get(str(url.data).rpartition("//")[2].rpartition(":")[0])
        if guest is None or guest is primary or guest.file.get("type") != "vm":
            why = "the product makes an environment of an agent in a machine that is not Portainer's own"
            ledger.leave_out(url, why)
            continue
        guest.file.add(("portainer",), {"role": "agent", "environment": name})
        ledger.note(Fate.SPELLED, url, guest.file.place("portainer", "environment"), name)


def _config(top: Old) -> dict[str, str]:
    return {key: str(value) for key, value in top.need("config").mapping_data().items()}


def _disk(config: dict[str, str]) -> str | None:
    return None if "rootfs" in config else boot_disk(config)


def _template(configs: Iterable[tuple[int, dict[str, str]]]) -> tuple[int, int] | None:
    found = [
        (gib(config[disk]) or 1, vmid)
        for vmid, config in configs
        if is_set(config.get("template")) and (disk := _disk(config))
    ]
    return next(((vmid, size) for size, vmid in sorted(found)), None)


def _parents(given: Iterable[tuple[int, str]]) -> Iterable[str]:
    return (
        found
        for vmid, path in given
        if (found := paths.parent_of_vmid(path, vmid)) is not None and path.startswith("/")
    )


def _most(texts: Iterable[str]) -> str:
    counted = Counter(filter(None, texts)).most_common(1)
    return counted[0][0] if counted else ""
