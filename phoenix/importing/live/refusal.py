"""Why a live guest cannot be a file of the configuration, which says less than Proxmox does.

A guest that cannot stays as it is: the product touches no guest that it has no file of.
"""

import re
from ipaddress import IPv4Address, IPv4Interface

from phoenix.importing.guest import host_name
from phoenix.importing.live.around import Around
from phoenix.importing.old import Old
from phoenix.vocabulary.property_strings import is_set, split
from phoenix.vocabulary.vm_disks import boot_disk

_SMALLEST_MB = 16
_BRIDGE = re.compile(r"[a-z][a-z0-9._-]{0,14}")


def refusal(top: Old, name_key: str, around: Around) -> str:
    """The reason; empty for a guest that can be one."""
    config = {key: str(value) for key, value in top.need("config").mapping_data().items()}
    name = config.get(name_key, "")
    if not name or host_name(name) != name:
        return f"its name is {name!r}: a name has letters, digits, - and ."
    if "net0" not in config:
        return "it has no first network card, net0"
    runs = top.need("status").data == "running"
    if not _BRIDGE.fullmatch(split(config["net0"])[1].get("bridge", "")):
        return "its first network card is at no bridge"
    if name_key == "hostname":
        return _container(config, runs, around)
    return _machine(config, runs, around)


def _container(config: dict[str, str], runs: bool, around: Around) -> str:
    _, card = split(config["net0"])
    if card.get("name") != "eth0":
        return f"its first network card is called {card.get('name')}: the product knows eth0"
    if not (address := card.get("ip", "")) or address == "manual":
        return "its first network card has no IPv4 address that Proxmox knows of"
    if _memory(config) < _SMALLEST_MB:
        return f"memory of less than {_SMALLEST_MB} MiB"
    return _address(address, card.get("gw"), runs, around)


def _machine(config: dict[str, str], runs: bool, around: Around) -> str:
    if boot_disk(config) is None:
        return "the disk that it boots from is not there"
    if is_set(config.get("template")):
        # never started, so that nobody needs to reach it
        runs = False
    else:
        _, cloud = split(config.get("ipconfig0", ""))
        if not cloud.get("ip"):
            return "cloud-init gives it no IPv4 address (ipconfig0): the product knows machines by theirs"
        if not config.get("ciuser"):
            return "cloud-init gives it no user (ciuser): the product logs in as that"
        bare, agent = split(config.get("agent", "0"))
        if not is_set(bare or agent.get("enabled")):
            return "its guest agent is off, by which the product learns its host key"
    _, cloud = split(config.get("ipconfig0", "ip=dhcp"))
    if _memory(config) < _SMALLEST_MB:
        return f"memory of less than {_SMALLEST_MB} MiB"
    return _address(cloud.get("ip", "dhcp"), cloud.get("gw"), runs, around)


def _memory(config: dict[str, str]) -> int:
    bare, props = split(config.get("memory", "512"))
    return int(bare or props.get("current", "512"))


def _address(text: str, gateway: str | None, runs: bool, around: Around) -> str:
    if text == "dhcp":
        return "it runs, and has its address by DHCP: a guest that runs has a fixed one" if runs else ""
    try:
        address = IPv4Interface(text)
    except ValueError:
        return f"{text} is no IPv4 address"
    if address.network != around.lan:
        return f"its address {text} is not in the node's network {around.lan}"
    if address.ip in around.taken:
        return f"its address {text} is the node's, its gateway's, or that of the network itself"
    if gateway is not None and IPv4Address(gateway) not in around.lan:
        return f"its gateway {gateway} is not in the node's network {around.lan}"
    return ""
