"""Containers of the old files."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from phoenix.importing import paths
from phoenix.importing.guest import NewGuest, begin, network, service, storage
from phoenix.importing.ledger import Ledger
from phoenix.importing.old import Old

GATEWAY = "Nginx-Phoenix"
"""The old system knew its gateway by this name."""

_LEFT_OUT = {
    "ports": "a container has an address of its own, where every port is reached",
    "template_file": "an archive of the old system; the guest is made from what it is cloned from",
    "bootstrap_ca_url": "step_cli finds the authority at the guest with the role ca",
    "portainer_role": "Portainer's members are virtual machines of the Swarm",
}
_FLAGS = ("nesting", "keyctl", "fuse", "mknod")
_CA_KEYS = "the authority's keys were mounted into other guests; they get the root certificate by trusted_ca"
_SPELLING = re.compile(r"^(lxc\.[a-z0-9_.]+)\s*[=:]\s*(\S.*)$")


@dataclass(frozen=True)
class Around:
    """What is known of the cluster before its containers are read."""

    pools: tuple[str, ...]
    bridge: str
    storage: str
    """The node's storage for containers."""
    lxc_persistent: str
    ca: int | None
    ca_paths: tuple[str, ...]
    """The authority's directories on the node."""
    ca_directory: str
    """Its directory in the guest."""
    sources: frozenset[int] = field(default_factory=frozenset)
    """Guests that others are cloned from."""


def vmid_of(key: str, old: Old) -> int:
    """Of a container, which is the key that it stands at."""
    if not key.isdecimal() or not 100 <= int(key) <= 999_999_999:
        raise old.refuse("a VMID from 100 to 999999999 as its key")
    return int(key)


def container(ledger: Ledger, vmid: int, old: Old, around: Around) -> NewGuest:
    """The container, without its features and its firewall."""
    guest = begin(ledger, "lxc", vmid, old)
    file = guest.file
    for key, why in _LEFT_OUT.items():
        ledger.leave_out(old.get(key), why)
    _roles(guest)
    _source(guest)
    if (found := old.get("swap_mb")) is not None:
        file.keep(("swap_mb",), found, found.number())
    size = old.need("storage_size_gb")
    file.keep(("disk_gb",), size, size.number())
    storage(guest, "lxc", around.storage)
    network(guest, "nameservers", around.bridge, "a container's one card is eth0")
    _template(guest, around)
    if (found := old.get("unprivileged")) is not None:
        file.keep(("unprivileged",), found, found.switch())
    _options(guest)
    for index, each in enumerate(_list(old, "id_maps")):
        for key in ("type", "container_id", "host_id", "size"):
            found = each.need(key)
            file.keep(("id_maps", index, key), found, found.text() if key == "type" else found.number())
    _mounts(guest, around)
    for index, each in enumerate(_list(old, "zfs_volumes")):
        for key, new in (("pool", "storage"), ("size_gb", "size_gb"), ("mount_point", "container_path")):
            found = each.need(key)
            file.keep(("volumes", index, new), found, found.number() if key == "size_gb" else found.text())
        ledger.leave_out(each.get("name"), "Proxmox names the volumes itself")
    _cards(guest)
    if (found := old.get("traefik_service")) is not None:
        _service(guest, found)
    return guest


def _roles(guest: NewGuest) -> None:
    held = (
        ("gateway", guest.name == GATEWAY, f"the old system knew its gateway by the name {GATEWAY}"),
        ("traefik", guest.has("traefik"), "it has the feature traefik"),
        ("ca", guest.has("step_ca"), "it has the feature step_ca"),
    )
    for index, (role, _, why) in enumerate(each for each in held if each[1]):
        guest.file.add(("roles", index), role, why)


def _source(guest: NewGuest) -> None:
    clone, template = guest.old.get("clone_from_ctid"), guest.old.get("template")
    if clone is not None:
        guest.file.keep(("source", "clone"), clone, clone.number())
        guest.ledger.leave_out(template, "the guest is cloned")
    elif template is not None:
        guest.file.keep(("source", "template"), template, PurePosixPath(template.text()).name)
    else:
        raise guest.old.refuse("clone_from_ctid or template: what the guest is made from")


def _template(guest: NewGuest, around: Around) -> None:
    """A container is a template when it says so, or when others are cloned from it, or is one by its snapshot."""
    given, snapshot = guest.old.get("is_template"), guest.old.get("template_snapshot_name")
    is_source = guest.vmid in around.sources
    if given is not None and (given.switch() or not is_source):
        guest.file.keep(("template",), given, given.switch())
    elif given is not None:
        guest.file.change(("template",), True, given, "other guests are cloned from it")
    elif is_source:
        guest.file.add(("template",), True, "other guests are cloned from it")
    elif snapshot is not None and guest.old.get("traefik_service") is None:
        guest.file.add(
            ("template",), True, "the old system froze it in a snapshot to clone it, and it offers no service"
        )
    elif guest.file.get("onboot") is False:
        guest.file.add(
            ("running",), False, "the old system did not start it with the node; it stays stopped until this is true"
        )


def _options(guest: NewGuest) -> None:
    file, lines = guest.file, list[str]()
    for each in _list(guest.old, "lxc_options"):
        match = _SPELLING.match(each.text())
        if match is None:
            raise each.refuse("lxc.KEY=VALUE")
        lines.append(f"{match[1]}: {match[2]}")
        file.keep(("lxc_options", len(lines) - 1), each, lines[-1])
    if (profile := guest.old.get("apparmor_profile")) is not None:
        line = f"lxc.apparmor.profile: {profile.text()}"
        if line in lines:
            file.refer(("lxc_options", lines.index(line)), profile, line)
        else:
            file.keep(("lxc_options", len(lines)), profile, line)
    for each in _list(guest.old, "pct_options"):
        flag, _, value = each.text().partition("=")
        if flag not in _FLAGS or value not in ("0", "1"):
            raise each.refuse(f"one of {', '.join(_FLAGS)} with =1 or =0")
        file.keep((flag,), each, value == "1")
    if (nesting := guest.old.get("apparmor_manages_nesting")) is not None:
        file.keep(("nesting",), nesting, nesting.switch() or file.get("nesting") is True)


def _mounts(guest: NewGuest, around: Around) -> None:
    own, index = f"{around.lxc_persistent}/{guest.vmid}", 0
    for each in _list(guest.old, "mount_points"):
        host, inside = each.need("host_path"), each.need("container_path")
        path = paths.on_node(host.text(), around.pools)
        if guest.vmid != around.ca and any(_overlap(path, secret) for secret in around.ca_paths):
            guest.ledger.leave_out(each, _CA_KEYS)
            continue
        at = ("mounts", index)
        short = paths.below(path, own) or path
        if short == path and path != host.data:
            guest.file.change((*at, "host_path"), path, host, paths.TWO_ROOTS)
        else:
            guest.file.keep((*at, "host_path"), host, short)
        guest.file.keep((*at, "container_path"), inside, inside.text())
        for key in ("owner_uid", "owner_gid"):
            if (found := each.get(key)) is not None:
                guest.file.keep((*at, key), found, found.number())
        if guest.vmid == around.ca and inside.data == around.ca_directory:
            guest.file.add((*at, "mode"), "0700", "the authority's keys; the old system left them open to everybody")
        index += 1


def _overlap(one: str, other: str) -> bool:
    return paths.below(one, other) is not None or paths.below(other, one) is not None


def _cards(guest: NewGuest) -> None:
    given = guest.old.get("gpu_assignment")
    if given is None:
        return
    text = str(given.number()) if isinstance(given.data, int) else given.text()
    if text.strip().lower() == "none":
        guest.ledger.leave_out(given, "no card, which is what a guest has without gpus")
        return
    words = [word.strip() for word in text.split(",")]
    if not all(word.isdecimal() and len(word) < 4 for word in words):
        raise given.refuse("none, or numbers of cards with commas between them")
    guest.file.keep(("gpus",), given, [int(word) for word in words])


def _service(guest: NewGuest, old: Old) -> None:
    roles = guest.file.get("roles") or ()
    if "ca" in roles:
        why = "Step-CA speaks TLS; the old routes did not, so that they failed"
        direct = "the authority is asked at its own port, 9000; a proxy in between would break that"
        service(guest, old, "https", why, direct=direct)
    elif "gateway" in roles:
        why = "Nginx serves it with TLS; the old route led from Nginx to Traefik to Nginx"
        service(guest, old, "https", why, direct="the gateway answers for its own name")
    elif guest.has("vllm"):
        service(guest, old, "http", "vLLM serves HTTP; the old Traefik spoke HTTP to it as well: it ignored scheme")
    else:
        given = old.get("scheme")
        service(guest, old, "http" if given is None else given.text().lower(), "")


def sources(every: Iterable[Old], key: str) -> frozenset[int]:
    """VMIDs that guests are cloned from, by their key."""
    return frozenset(found.number() for each in every if (found := each.get(key)) is not None)


def _list(old: Old, key: str) -> list[Old]:
    found = old.get(key)
    return [] if found is None else [*found.entries()]
