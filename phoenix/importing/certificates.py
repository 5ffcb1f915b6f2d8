"""The old manifest of certificates, and the certificates that the product needs besides."""

import re
import shlex
from dataclasses import dataclass
from pathlib import PurePosixPath

from phoenix.features.registry import FEATURES
from phoenix.importing import paths
from phoenix.importing.guest import NewGuest, host_name
from phoenix.importing.new_file import NewFile
from phoenix.importing.old import Old
from phoenix.model.document import Loc

PORTAINER_SECRETS = {"certificate": "portainer_tls_cert", "key": "portainer_tls_key"}
_SECRETS = "Portainer's service reads it as a Docker secret, which is renewed with the certificate"
_DOCKER = {"certificate": "/etc/docker/tls/cert.pem", "key": "/etc/docker/tls/key.pem", "ca": "/etc/docker/tls/ca.pem"}
_DOCKER_WHY = "Docker's TLS reads its files there (feature docker)"
_UNIT = re.compile(r"systemctl\s+(?:reload|restart|reload-or-restart)\s+([\w@.-]+)")
_CREATE = re.compile(r"docker\s+secret\s+create\s+([A-Za-z0-9][\w.-]*)")
_CA = re.compile(r"(?:^|[._-])(?:ca|root)(?:[._-]|$)")
_VERSIONED = "a Docker secret is made anew with each certificate; the old command could not remove one in use"
_LATER = "the guest's own command became `reload`, which the product runs in the guest"


@dataclass(frozen=True)
class Around:
    """What certificates are held against."""

    guests: dict[int, NewGuest]
    pools: tuple[str, ...]
    lxc_persistent: str
    domain: str
    served: tuple[str, ...]
    """Host names that the gateway serves."""


def certificates(file: NewFile, old: Old | None, around: Around) -> None:
    """Every certificate; without an old manifest those alone that the product needs."""
    for index, each in enumerate(old.entries() if old is not None else ()):
        _certificate(file, index, each, around)
    _needed(file, around)
    _names_of_the_gateway(file, around)
    _address_of_portainer(file, around)


def _certificate(file: NewFile, index: int, old: Old, around: Around) -> None:
    at: Loc = ("certificates", index)
    cn = old.need("common_name")
    certificate, key = old.need("cert_path"), old.need("key_path")
    taken = {each["name"] for each in file.get("certificates") or ()}
    name = _name(cn.text(), PurePosixPath(certificate.text()).stem, taken)
    file.add((*at, "name"), name)
    file.keep((*at, "common_name"), cn, cn.text())
    sans = old.get("sans")
    for number, each in enumerate(sans.entries() if sans is not None else ()):
        file.keep((*at, "sans", number), each, each.text())
    if (kind := old.get("cert_type")) is not None:
        file.keep((*at, "kind"), kind, kind.text().lower())
    guest = _guest(old, around)
    if guest is None:
        raise certificate.refuse("a path in a directory of a guest that the old files have, or a guest_id")
    file.ledger.leave_out(old.get("guest_type"), "the guest's file says it")
    is_portainers = _is_portainers(cn.text(), certificate.text(), guest, around)
    names, why = (PORTAINER_SECRETS, _SECRETS) if is_portainers else (_created(old), _VERSIONED)
    if {"certificate", "key"} <= {*names}:
        for field, found in (("certificate", certificate), ("key", key)):
            file.change((*at, "docker_secrets", field), names[field], found, why)
        if "ca" in names:
            file.add((*at, "docker_secrets", "ca"), names["ca"], why)
        for leaf in ("owner", "permissions", "post_renewal_command", "include_ca", "guest_id"):
            file.ledger.leave_out(old.get(leaf), why)
        return
    _distribution(file, (*at, "distribution", 0), old, guest, around)


def _created(old: Old) -> dict[str, str]:
    """The Docker secrets that the command after a renewal makes, by what they hold."""
    command = old.get("post_renewal_command")
    names = _CREATE.findall(command.text()) if command is not None else []
    return {"key" if "key" in name else "ca" if _CA.search(name) else "certificate": name for name in names}


def _distribution(file: NewFile, at: Loc, old: Old, guest: NewGuest, around: Around) -> None:
    if (number := old.get("guest_id")) is not None:
        file.keep((*at, "guest"), number, guest.vmid)
    else:
        file.add((*at, "guest"), guest.vmid, "the guest whose directory the old path lies in")
    is_docker = guest.has("docker") and "docker" in old.need("cert_path").text()
    for field, old_key in (("certificate", "cert_path"), ("key", "key_path")):
        found = old.need(old_key)
        if is_docker:
            file.change((*at, field), _DOCKER[field], found, _DOCKER_WHY)
            continue
        inside = _inside(found.text(), guest, around)
        if inside is None:
            raise found.refuse(f"a path below a mount of guest {guest.vmid}")
        file.change((*at, field), inside, found, "the path in the guest, not the node's: the node has its own copy")
    include = old.get("include_ca")
    folder = PurePosixPath(str(file.get(*at, "certificate"))).parent
    if is_docker:
        file.add((*at, "ca"), _DOCKER["ca"], _DOCKER_WHY)
    elif {"gateway", "traefik"} & {*(guest.file.get("roles") or ())} or (include is not None and include.switch()):
        file.add((*at, "ca"), str(folder / "ca.pem"), "its user verifies others with the root certificate")
    if include is not None:
        file.ledger.leave_out(include, "ca says where the root certificate lies")
    if (owner := old.get("owner")) is not None:
        file.keep((*at, "owner"), owner, owner.text())
    if (mode := old.get("permissions")) is not None:
        _mode(file, at, mode)
    if (command := old.get("post_renewal_command")) is not None:
        _reload(file, (*at, "reload"), command, guest)


def _mode(file: NewFile, at: Loc, old: Old) -> None:
    text = str(old.number()) if isinstance(old.data, int) else old.text()
    if not re.fullmatch(r"0?[0-7]{3}", text):
        raise old.refuse('an octal mode such as "640"')
    mode = f"0{text[-3:]}"
    if mode.endswith("0"):
        file.keep((*at, "key_mode"), old, mode)
    else:
        why = "a private key is not for everybody; the old mode was that of certificate and key alike"
        file.change((*at, "key_mode"), "0600", old, why)


def _reload(file: NewFile, at: Loc, old: Old, guest: NewGuest) -> None:
    text = old.text()
    features = [str(each.get("name") if isinstance(each, dict) else each) for each in guest.file.get("features") or ()]
    units = {FEATURES[name].unit: name for name in features if isinstance(FEATURES[name].unit, str)}
    if match := _UNIT.search(text):
        unit = match[1].removesuffix(".service")
        if unit == "docker" and "docker" in features:
            why = "Docker's TLS is a unit of its own: a restart of Docker would stop every container"
            file.change((*at, "unit"), "docker-tls", old, why)
            return
        if unit in units:
            file.change((*at, "unit"), unit, old, _LATER)
            return
    command = re.sub(rf"^\s*(?:pct\s+exec|qm\s+guest\s+exec)\s+{guest.vmid}\s+--\s+", "", text)
    try:
        words = shlex.split(command)
    except ValueError:
        words = []
    if words and command != text:
        file.change((*at, "command"), words, old, _LATER)
    else:
        file.ledger.leave_out(old, "a command on the node; only commands in the certificate's guest are run")


def _name(cn: str, stem: str, taken: set[str]) -> str:
    first = host_name(cn.partition(".")[0].replace("*", "wildcard")) or "certificate"
    number, name = 1, first
    while name in taken:
        name = f"{first}-{host_name(stem)}" if number == 1 else f"{first}-{number}"
        number += 1
    return name


def _guest(old: Old, around: Around) -> NewGuest | None:
    given = old.get("guest_id")
    if given is not None:
        found = around.guests.get(given.number())
        if found is None:
            raise given.refuse("the VMID of a guest that the old files have")
        return found
    path = paths.on_node(old.need("cert_path").text(), around.pools)
    return next((each for each in around.guests.values() if paths.parent_of_vmid(path, each.vmid) is not None), None)


def _inside(path: str, guest: NewGuest, around: Around) -> str | None:
    """Where the guest sees a path of the node; a path that is the guest's own already stays."""
    there = paths.on_node(path, around.pools)
    for mount in guest.file.get("mounts") or ():
        host = str(mount["host_path"])
        host = host if host.startswith("/") else f"{around.lxc_persistent}/{guest.vmid}/{host}"
        if (rest := paths.below(there, host)) is not None:
            return str(PurePosixPath(mount["container_path"]) / rest)
    for share in guest.file.get("nfs") or ():
        if (rest := paths.below(there, str(share["path"]))) is not None:
            return str(PurePosixPath(share["mount_point"]) / rest)
    return path if paths.parent_of_vmid(there, guest.vmid) is None and not path.startswith("/mnt/pve/") else None


def _is_portainers(cn: str, path: str, guest: NewGuest, around: Around) -> bool:
    name = str(guest.file.get("traefik_service", "name") or "")
    host = name if name.endswith(around.domain) else f"{name}.{around.domain}"
    is_primary = guest.file.get("portainer", "role") == "primary"
    return is_primary and cn.lower() == host.lower() and "docker" not in PurePosixPath(path).parts


def _needed(file: NewFile, around: Around) -> None:
    """Portainer's own certificate, and what gateway and Traefik prove to each other."""
    every = file.get("certificates") or []
    held = {entry["guest"]: each for each in every for entry in each.get("distribution") or () if not each.get("kind")}
    for guest in around.guests.values():
        roles = guest.file.get("roles") or ()
        folder = "/etc/nginx/ssl" if "gateway" in roles else "/etc/traefik/certs"
        unit = "nginx" if "gateway" in roles else "traefik"
        if not {"gateway", "traefik"} & {*roles}:
            continue
        if guest.vmid not in held:
            _add(file, unit, around.domain, guest, f"{folder}/{unit}.{around.domain}", "server", unit)
        if "gateway" in roles and not _has_client(file, guest.vmid):
            _add(file, f"{unit}-gateway-client", around.domain, guest, f"{folder}/{unit}-client", "client", unit)
    primary = next((each for each in around.guests.values() if each.file.get("portainer", "role") == "primary"), None)
    if primary is not None and not any(each.get("docker_secrets") for each in file.get("certificates")):
        index = len(file.get("certificates"))
        made = {
            "name": "portainer",
            "common_name": f"portainer.{around.domain}",
            "docker_secrets": dict(PORTAINER_SECRETS),
        }
        file.add(("certificates", index), made, f"{_SECRETS}; the old manifest had none")


def _has_client(file: NewFile, vmid: int) -> bool:
    return any(
        entry["guest"] == vmid and each.get("kind") in ("client", "both")
        for each in file.get("certificates") or ()
        for entry in each.get("distribution") or ()
    )


def _add(file: NewFile, name: str, domain: str, guest: NewGuest, path: str, kind: str, unit: str) -> None:
    entry = {
        "guest": guest.vmid,
        "certificate": f"{path}.crt",
        "key": f"{path}.key",
        "ca": f"{path.rpartition('/')[0]}/ca.pem",
        "reload": {"unit": unit},
    }
    if unit == "nginx":
        entry |= {"owner": "root:www-data", "key_mode": "0640"}
    made = {"name": name, "common_name": f"{name}.{domain}", "kind": kind, "distribution": [entry]}
    why = "the gateway proves itself to Traefik, which serves nobody else; the old manifest had no such certificate"
    file.add(("certificates", len(file.get("certificates") or ())), made, why)


def _names_of_the_gateway(file: NewFile, around: Around) -> None:
    gateway = next((each.vmid for each in around.guests.values() if "gateway" in (each.file.get("roles") or ())), 0)
    for index, each in enumerate(file.get("certificates") or ()):
        if each.get("kind", "server") != "client" and any(
            x["guest"] == gateway for x in each.get("distribution") or ()
        ):
            for name in _uncovered({each["common_name"], *each.get("sans", ())}, around):
                why = "the gateway serves every routed name by TLS; a wildcard stands for one label"
                file.add(("certificates", index, "sans", len(each.get("sans", ()))), name, why)
            return


def _uncovered(names: set[str], around: Around) -> list[str]:
    """What must be added, so that every served name is covered: the domain's wildcard, and deeper names themselves."""
    found: list[str] = []
    for host in dict.fromkeys(around.served):
        wildcard = f"*.{host.partition('.')[2]}"
        if not {host, wildcard} & {*names, *found}:
            found.append(wildcard if wildcard == f"*.{around.domain}" else host)
    return found


def _address_of_portainer(file: NewFile, around: Around) -> None:
    primary = next((each for each in around.guests.values() if each.file.get("portainer", "role") == "primary"), None)
    for index, each in enumerate(file.get("certificates") or ()):
        if each.get("docker_secrets") and primary is not None and primary.ip not in each.get("sans", ()):
            why = "the product asks Portainer's API by address, before any name resolves"
            file.add(("certificates", index, "sans", len(each.get("sans", ()))), primary.ip, why)
