"""Texts that programs are configured by: the firewall and the name server on the node, Nginx and Traefik in guests."""

from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from phoenix.clients import files
from phoenix.clients.shell import Shell, open_shell
from phoenix.importing.live.answers import answer, numbered
from phoenix.importing.old import OldFile
from phoenix.reading.asking import Missing
from phoenix.reading.inside import Inside
from phoenix.settings import Settings
from phoenix.specs.target import GuestTarget, LxcTarget

_FOLDERS = ("/etc/pve/firewall", "/etc/dnsmasq.d")
_DYNAMIC = "/etc/traefik/dynamic"
_SERVED = r"nginx -T 2>/dev/null | sed -n 's/^ *server_name *\(.*\);.*/\1/p'"


def on_the_node(shell: Shell, missing: Missing) -> dict[str, OldFile]:
    """The firewall's and the name server's files, by their paths."""
    found: dict[str, OldFile] = {}
    with missing.unless_told("the firewall's and the name server's files on the node"):
        for folder in _FOLDERS:
            for path, file in files.read_tree(shell, folder).items():
                if path.endswith((".fw", ".conf")):
                    found[path] = numbered(path, file.content)
    return found


def served(settings: Settings, vmid: int, target: GuestTarget | None, missing: Missing) -> list[str]:
    """Names that the guest's Nginx has a server for."""
    with missing.unless_told(f"the names that Nginx serves in guest {vmid}"):
        if target is not None:
            words = open_shell(settings, target).script(_SERVED, check=False).text.split()
            return sorted({*words} - {"_"})
    return []


def routes(settings: Settings, at: str, there: Mapping[int, Inside], missing: Missing) -> OldFile | None:
    """Traefik's routers, services and middlewares, of the first container in which it runs."""
    for vmid, each in there.items():
        if "traefik" in each.units:
            with missing.unless_told(f"Traefik's routes in guest {vmid}"):
                return _dynamic(open_shell(settings, LxcTarget(node=at, vmid=vmid)), vmid, missing)
    return None


def _dynamic(shell: Shell, vmid: int, missing: Missing) -> OldFile:
    merged: dict[str, dict[str, Any]] = {"routers": {}, "services": {}, "middlewares": {}}
    for path, file in files.read_tree(shell, _DYNAMIC).items():
        try:
            # what stands for two braces in the product's file
            data = YAML(typ="safe").load(file.content.replace('{{"{{"}}', "{{")) or {}
        except YAMLError:
            missing.say(f"Traefik's routes in {path} of guest {vmid}: they cannot be read")
            continue
        http = data.get("http") or {}
        for key, each in merged.items():
            each.update(http.get(key) or {})
    return answer(f"traefik/{vmid}", merged)
