"""Every guest of the node, as Proxmox has it: its keys, its raw lines, its snapshots, the directories it mounts."""

import re
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from phoenix.clients import files
from phoenix.clients.proxmox import Api, Node
from phoenix.clients.shell import Shell, open_shell
from phoenix.reading.asking import Missing
from phoenix.settings import Settings
from phoenix.specs.target import NodeTarget
from phoenix.vocabulary.property_strings import split

_AT_A_TIME = 8
_RAW = re.compile(r"(lxc\.[a-z0-9_.-]+)\s*[:=]\s*(.*?)\s*")
_NO_KEYS = frozenset({"digest", "lock", "lxc", "snapshots", "parent", "meta", "smbios1", "vmgenid"})
"""Proxmox' own bookkeeping, or read in another way."""
_STAT = 'for path; do [ ! -d "$path" ] || echo "$(stat -L -c "%u %g %a" "$path") $path"; done'


def guests(settings: Settings, node: Node, missing: Missing) -> dict[int, dict[str, Any]]:
    """By VMID; one that does not answer is noted."""
    every = Api(settings, node, "the node").guests()
    for each in every:
        if each["node"] != node.name:
            name = each.get("name", "")
            missing.say(
                f"guest {each['vmid']} ({name}): it is on the node {each['node']}, and an import reads one node"
            )
    here = [each for each in every if each["node"] == node.name]
    shell = open_shell(settings, NodeTarget(node=node.address))

    def one(each: Mapping[str, Any]) -> tuple[int, dict[str, Any] | None]:
        vmid = int(each["vmid"])
        with missing.unless_told(f"guest {vmid} ({each.get('name', '')}), at Proxmox"):
            return vmid, _guest(Api(settings, node, f"guest {vmid}"), shell, str(each["type"]), vmid, missing)
        return vmid, None

    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        found = [*pool.map(one, here)]
    return {vmid: data for vmid, data in sorted(found) if data is not None}


def _guest(api: Api, shell: Shell, kind: str, vmid: int, missing: Missing) -> dict[str, Any]:
    entries = api.get(f"{kind}/{vmid}/pending")
    status = api.get(f"{kind}/{vmid}/status/current")
    snapshots = api.get(f"{kind}/{vmid}/snapshot")
    config = {str(each["key"]): str(each["value"]) for each in entries if "value" in each}
    waiting = sorted(str(each["key"]) for each in entries if "pending" in each or each.get("delete"))
    if waiting:
        missing.say(f"guest {vmid}: {', '.join(waiting)} waits for a restart; what is in effect now was taken")
    found: dict[str, Any] = {
        "kind": kind,
        "status": str(status.get("status", "")),
        "config": {key: value for key, value in config.items() if key not in _NO_KEYS and not key.startswith("unused")},
        "snapshots": [each["name"] for each in snapshots if each["name"] != "current"],
    }
    if kind == "lxc":
        found["lxc"] = _raw_lines((files.read(shell, f"/etc/pve/lxc/{vmid}.conf") or b"").decode(errors="replace"))
        found["directories"] = _directories(shell, config)
    return found


def _raw_lines(text: str) -> list[str]:
    current = text.partition("\n[")[0]
    matches = (_RAW.fullmatch(line) for line in current.splitlines())
    return [f"{match[1]}: {match[2]}" for match in matches if match]


def _directories(shell: Shell, config: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    paths = [split(value)[0] for key, value in config.items() if re.fullmatch(r"mp\d+", key)]
    return _stat(shell, [path for path in paths if path.startswith("/")])


def _stat(shell: Shell, paths: Iterable[str]) -> dict[str, dict[str, Any]]:
    given = [*paths]
    found: dict[str, dict[str, Any]] = {}
    for line in shell.script(_STAT, *given).text.splitlines() if given else ():
        uid, gid, mode, path = line.split(" ", 3)
        found[path] = {"uid": int(uid), "gid": int(gid), "mode": mode}
    return found
