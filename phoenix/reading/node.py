"""The node: its addresses by SSH, its storages by the API."""

import re
from collections.abc import Mapping
from typing import Any

from phoenix.clients.proxmox import Api, Node
from phoenix.clients.shell import Shell, open_shell
from phoenix.reading.asking import Missing
from phoenix.settings import Settings
from phoenix.specs.target import NodeTarget

_SHOW = """
echo "name $(hostname)"
echo "cores $(nproc)"
ip -o -4 addr show | awk '{ print "card", $2, $4 }'
ip -4 route show default | awk '{ print "route", $3 }'
awk '$1 == "search" || $1 == "domain" { print "domain", $2 }' /etc/resolv.conf
"""
# a pair of files in a directory below one that holds nothing else
_PAIRS = """
find / -maxdepth 5 \\( -path /proc -o -path /sys -o -path /dev -o -path /run -o -path /var/lib -o -path /mnt \\) \\
  -prune -o -name key.pem -print 2>/dev/null | while read -r key; do
  [ ! -f "${key%/*}/cert.pem" ] || echo "${key%/*}"
done
"""


def node(settings: Settings, at: str, api_port: int, missing: Missing) -> dict[str, Any]:
    """What `Answers.node` has; raises PhoenixError where the node does not answer at all."""
    shell = open_shell(settings, NodeTarget(node=at))
    words = [line.split() for line in shell.script(_SHOW).text.splitlines()]
    found: dict[str, Any] = {each[0]: each[1] for each in words if each[0] in ("name", "cores", "domain")}
    address = at.partition(":")[0]
    for each in words:
        if each[0] == "card" and each[2].partition("/")[0] == address:
            found |= {"bridge": each[1], "address": each[2]}
        if each[0] == "route":
            found["gateway"] = each[1]
    if "address" not in found:
        missing.say(f"the node's card with the address {address}: no card of it has it")
    found |= {"cores": int(found.get("cores", 1)), "api_port": api_port, "ssh_port": int(at.partition(":")[2] or 22)}
    with missing.unless_told("the node's storages"):
        found |= _storages(Api(settings, Node(address=at, name=found["name"], port=api_port), "the node"))
    return found


def _storages(api: Api) -> dict[str, Any]:
    every = {str(each["storage"]): str(each.get("content", "")).split(",") for each in api.get("storage")}
    contents = {name: _contents(api, name, kinds) for name, kinds in every.items() if {"vztmpl", "import"} & {*kinds}}
    images = max(sorted(contents), key=lambda name: sum(map(len, contents[name].values())), default="")
    return {
        "storages": sorted(every),
        "images": images,
        "archives": contents.get(images, {}).get("vztmpl", []),
        "cloud_images": contents.get(images, {}).get("import", []),
    }


def _contents(api: Api, name: str, kinds: list[str]) -> Mapping[str, list[str]]:
    return {
        kind: sorted(str(each["volid"]).rpartition("/")[2] for each in api.get(f"storage/{name}/content", content=kind))
        for kind in ("vztmpl", "import")
        if kind in kinds
    }


def pairs(shell: Shell) -> dict[str, list[str]]:
    """Directories with directories that hold a certificate and its key each: `/x/certificates` -> its names."""
    found: dict[str, list[str]] = {}
    for line in shell.script(_PAIRS, timeout=120.0).text.splitlines():
        folder, _, name = line.rpartition("/")
        if folder and re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", name):
            found.setdefault(folder, []).append(name)
    return found
