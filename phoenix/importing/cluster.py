"""The node, its name server, the authority, the Swarm and Portainer: what becomes `cluster.yaml`."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Interface, IPv4Network
from pathlib import PurePosixPath

from phoenix.importing import paths
from phoenix.importing.error import ImportingError
from phoenix.importing.found import Found
from phoenix.importing.guest import NewGuest
from phoenix.importing.new_file import NewFile
from phoenix.importing.old import Old
from phoenix.model import Problem

ORDER = ("node", "dns", "firewall", "ca", "swarm", "portainer")
_POOLS = ("172.20.0.0/14", "10.128.0.0/14", "192.168.128.0/17")
_STORAGE = "local-lvm"
_NODE_NAME = "phoenix"


@dataclass(frozen=True, eq=False)
class OldNode:
    """What the old files say of the node, and what follows for paths and storages."""

    address: Old
    gateway: Old
    bridge: Old
    domain: Old
    pools: tuple[str, ...]
    lxc_storage: str
    vm_storage: str
    lxc_persistent: str
    vm_persistent: str

    @property
    def lan(self) -> IPv4Network:
        """Raises ImportingError."""
        try:
            return IPv4Interface(self.address.text()).network
        except ValueError:
            raise self.address.refuse("an IPv4 address with its prefix, as in 10.0.0.13/24") from None


def read_node(found: Found, containers: Iterable[Old], machines: Iterable[Old]) -> OldNode:
    """Raises ImportingError where the node's address or domain is missing."""
    card = found.section("the node's interface", _is_card)
    domain = found.named("domain_name")
    if card is None or domain is None:
        wanted = "network.interfaces with address, gateway and name" if card is None else "domain_name"
        raise ImportingError([Problem(str(found.root), 1, "", "", f"a file with {wanted}: none was found")])
    zfs = found.named("zfs")
    listed = zfs.get("pools") if zfs is not None else None
    pools = tuple(each.need("name").text() for each in listed.entries()) if listed is not None else ()
    first = pools[0] if pools else "rpool"
    mounts = [
        (vmid_text(each), mount.need("host_path").text())
        for each in containers
        for mount in _list(each, "mount_points")
    ]
    shares = [
        (each.need("vmid").number(), share.need("path").text()) for each in machines for share in _list(each, "volumes")
    ]
    defaults = vm_defaults(machines)
    stores = [each for each in machines if each.get("storage_pool") is not None]
    return OldNode(
        address=card.need("address"),
        gateway=card.need("gateway"),
        bridge=card.need("name"),
        domain=domain,
        pools=pools,
        lxc_storage=_most(each.need("storage_pool").text() for each in containers if each.get("storage_pool"))
        or _STORAGE,
        vm_storage=_text(defaults, "storage_pool")
        or _most(each.need("storage_pool").text() for each in stores)
        or _STORAGE,
        lxc_persistent=_most(_parents(mounts, pools)) or f"/{first}/lxc-persistent-data",
        vm_persistent=_most(_parents(shares, pools)) or f"/{first}/vm-persistent-data",
    )


def vmid_text(container: Old) -> int:
    """The VMID of a container, from the key that it stands at."""
    key = str(container.loc[-1])
    return int(key) if key.isdecimal() else 0


def vm_defaults(machines: Iterable[Old]) -> Old | None:
    """`vm_defaults`, which stands beside the machines."""
    for each in machines:
        for depth in range(len(each.loc) - 2, -1, -1):
            around = each.file.top
            for step in each.loc[:depth]:
                around = Old(each.file, (*around.loc, step), around.data[step])
            if (isinstance(around.data, dict)) and (found := around.get("vm_defaults")) is not None:
                return found
    return None


def node(cluster: NewFile, old: OldNode, found: Found, machines: list[NewGuest]) -> None:
    """The node, its paths and its storages."""
    cluster.add(("node", "name"), _NODE_NAME, "no old file has the node's name: it is what `hostname` says there")
    cluster.keep(("node", "address"), old.address, old.address.text())
    cluster.keep(("node", "gateway"), old.gateway, old.gateway.text())
    cluster.keep(("node", "bridge"), old.bridge, old.bridge.text())
    cluster.keep(("node", "domain"), old.domain, old.domain.text().lower())
    pool = old.lxc_persistent.split("/")[1]
    derived = "where the mounts of the old guests lie"
    cluster.add(("node", "paths", "lxc_persistent"), old.lxc_persistent, derived)
    cluster.add(("node", "paths", "vm_persistent"), old.vm_persistent, derived)
    shared = [volume["path"] for each in machines for volume in each.file.get("nfs") or ()]
    stacks = next((path for path in shared if "stacks" in PurePosixPath(path).name), f"/{pool}/portainer_stacks")
    cluster.add(("node", "paths", "stacks"), stacks, "the directory of the stacks' files")
    where = "the old system kept each certificate at its user's; here the node holds them, and guests get copies"
    cluster.add(("node", "paths", "certificates"), f"/{pool}/certificates", where)
    for key, storage in (("lxc", old.lxc_storage), ("vm", old.vm_storage)):
        named = "what most of the guests, or vm_defaults, name as storage_pool"
        why = "no old file names a storage; this is Proxmox' own" if storage == _STORAGE else named
        cluster.add(("node", "storages", key), storage, why)
    images, why = _images(found, old)
    cluster.add(("node", "storages", "images"), images, why)


def _images(found: Found, old: OldNode) -> tuple[str, str]:
    for file in found.files:
        for leaf in file.top.leaves():
            if leaf.key == "template" and isinstance(leaf.data, str) and "/template/cache/" in leaf.data:
                parts = PurePosixPath(paths.on_node(leaf.data, old.pools)).parts
                return "-".join(
                    parts[1 : parts.index("template")]
                ), "where the old files have their container templates"
    return "local", "no old file says where container templates lie; Proxmox' own store has them after an installation"


def dns(cluster: NewFile, found: Found, old: OldNode, guests: list[NewGuest]) -> None:
    """Upstream servers, and names that no service brings along."""
    server = found.named("dns_server")
    upstreams = server.get("upstream_servers") if server is not None else None
    if upstreams is None or not upstreams.data:
        cluster.add(("dns", "upstreams"), ["1.1.1.1"], "no old file names the upstream servers")
    else:
        for index, each in enumerate(upstreams.entries()):
            cluster.keep(("dns", "upstreams", index), each, each.text())
    if server is not None:
        cluster.ledger.leave_out(server.get("enabled"), "the node's name server is always on")
        cluster.ledger.leave_out(server.get("authoritative_zones"), "the old system never read it")
    static = "the old system had the name built in; Traefik's own pages answer there"
    cluster.add(("dns", "records", 0), {"name": "traefik", "role": "gateway"}, static)
    domain = old.domain.text().lower()
    for guest in guests:
        host = guest.old.get("portainer_agent_hostname")
        if host is None:
            continue
        name = host.text().lower().removesuffix(f".{domain}")
        if guest.file.get("portainer", "role") != "agent":
            cluster.ledger.leave_out(host, "only an agent has such a name")
        elif guest.file.get("traefik_service", "name") == name:
            guest.file.refer(("traefik_service", "name"), host, name)
        else:
            index = len(cluster.get("dns", "records"))
            cluster.keep(("dns", "records", index, "name"), host, name)
            cluster.add(("dns", "records", index, "guest"), guest.vmid)


def authority(cluster: NewFile, found: Found, guests: list[NewGuest], directory: str) -> None:
    """The certificate authority."""
    given, domain = found.named("step_ca"), str(cluster.get("node", "domain"))
    holder = next((each for each in guests if "ca" in (each.file.get("roles") or ())), None)
    if given is None:
        cluster.ledger.missing.append("step_ca: the authority's names")
    name = _keep_text(cluster, given, "root_ca_name", ("ca", "name"), "Internal CA")
    cluster.add(("ca", "root_name"), f"{name} Root CA", "what `step ca init` called the root after that name")
    _keep_text(cluster, given, "intermediate_ca_name", ("ca", "intermediate_name"), f"{name} Intermediate CA")
    _keep_text(cluster, given, "dns_name", ("ca", "dns_names", 0), f"ca.{domain}")
    addresses = ["127.0.0.1", *([holder.ip] if holder is not None and holder.ip else [])]
    for index, each in enumerate(addresses, start=1):
        cluster.add(("ca", "dns_names", index), each, "it is asked by address, before any name resolves")
    _keep_text(cluster, given, "provisioner_name", ("ca", "provisioner"), f"admin@{domain}")
    port = holder.file.get("traefik_service", "port") if holder is not None else None
    cluster.add(("ca", "port"), port or 9000)
    cluster.add(("ca", "directory"), directory or "/etc/step-ca/ssl")


def _keep_text(cluster: NewFile, section: Old | None, key: str, loc: tuple[str | int, ...], default: str) -> str:
    found = section.get(key) if section is not None else None
    if found is None:
        cluster.add(loc, default, "no old file says it")
        return default
    cluster.keep(loc, found, found.text())
    return found.text()


def swarm(cluster: NewFile, old: OldNode, networks: Iterable[str]) -> None:
    """The Swarm's address pool, away from the LAN, and the networks that compose files find outside of themselves."""
    pool = next((each for each in _POOLS if not IPv4Network(each).overlaps(old.lan)), _POOLS[0])
    cluster.add(("swarm", "address_pool"), pool, "away from the LAN: Docker's own default begins with 10.0.0.0/24")
    for index, name in enumerate(dict.fromkeys(networks)):
        made = {"name": name, "attachable": True}
        cluster.add(("swarm", "networks", index), made, "a compose file finds it outside of itself")


def portainer(cluster: NewFile, found: Found, guests: list[NewGuest]) -> None:
    """Portainer's account and ports."""
    ledger, api, network = cluster.ledger, found.named("portainer_api"), found.named("network")
    if (admin := api.get("admin_user") if api is not None else None) is not None:
        cluster.keep(("portainer", "admin"), admin, admin.text())
    primary = next((each for each in guests if each.file.get("portainer", "role") == "primary"), None)
    if api is not None:
        if (password := api.get("admin_password")) is not None:
            ledger.secret(password, "portainerAdminPassword", "the password of Portainer's first account")
        ledger.leave_out(api.get("api_key"), "the product logs in with the account")
        host = api.get("portainer_hostname")
        name = str(primary.file.get("traefik_service", "name")) if primary is not None else ""
        if host is not None and primary is not None and host.text().partition(".")[0] == name.partition(".")[0]:
            primary.file.refer(("traefik_service", "name"), host, name)
        else:
            ledger.leave_out(host, "Portainer's name is the traefik_service of the guest that is its primary")
    if network is None:
        return
    for key, new in (("portainer_server_port", "port"), ("portainer_agent_port", "agent_port")):
        if (port := network.get(key)) is not None:
            cluster.keep(("portainer", new), port, port.number())
    ip = network.get("portainer_server_ip")
    if ip is not None and primary is not None and ip.text() == primary.ip:
        primary.file.refer(("network", "address"), ip, primary.file.get("network", "address"))
    else:
        ledger.leave_out(ip, "Portainer answers at the address of the guest that is its primary")


def operators(cluster: NewFile, found: Found, old: OldNode) -> None:
    """From where people must always get in: the LAN."""
    network = found.named("network")
    subnet = network.get("default_subnet") if network is not None else None
    if subnet is not None:
        cluster.keep(("firewall", "operators", 0), subnet, subnet.text())
    else:
        cluster.add(("firewall", "operators", 0), str(old.lan), "the node's LAN; no old file names a subnet")


def _is_card(data: object) -> bool:
    return isinstance(data, dict) and {"address", "gateway", "name"} <= {*data}


def _parents(given: Iterable[tuple[int, str]], pools: tuple[str, ...]) -> Iterable[str]:
    found = (paths.parent_of_vmid(paths.on_node(path, pools), vmid) for vmid, path in given)
    return (each for each in found if each is not None)


def _most(texts: Iterable[str]) -> str:
    counted = Counter(texts).most_common(1)
    return counted[0][0] if counted else ""


def _text(old: Old | None, key: str) -> str:
    found = old.get(key) if old is not None else None
    return "" if found is None else found.text()


def _list(old: Old, key: str) -> list[Old]:
    found = old.get(key)
    return [] if found is None else [*found.entries()]
