"""What a running cluster answered, as files of the ledger: each guest, the node, its texts, the Swarm, Portainer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from phoenix.importing.old import Old, OldFile
from phoenix.model.document import Loc


@dataclass(frozen=True)
class Answers:
    """Everything that was read. What was asked and did not answer is in `missing`, in words."""

    node: OldFile
    """name, address, gateway, bridge, domain, cores, api_port, ssh_port, storages, archives, images, paths."""
    guests: Mapping[int, OldFile]
    """By VMID: kind, status, config (Proxmox' keys), lxc (raw lines), snapshots, directories, inside.

    `inside` has, where it was looked at, units, nfs, features and names (those that its Nginx serves).
    """
    texts: Mapping[str, OldFile] = field(default_factory=dict)
    """Lines of the firewall's and the name server's files on the node, by path."""
    certificates: Mapping[str, OldFile] = field(default_factory=dict)
    """By name: directory, names, kind, key_type, lifetime_hours, owner, key_mode, copies, secrets."""
    authority: OldFile | None = None
    """guest, directory, dns_names, port, provisioner, max_lifetime_hours, root_name, intermediate_name."""
    swarm: OldFile | None = None
    """address_pool, subnet_size, members (by host name), networks (by name)."""
    stacks: Mapping[str, OldFile] = field(default_factory=dict)
    """By name in the Swarm: deployed_by, endpoint, compose, variables, configs."""
    portainer: OldFile | None = None
    """port, agent_port, environments (name -> address)."""
    routes: OldFile | None = None
    """Traefik's dynamic configuration: routers, services, middlewares."""
    missing: tuple[str, ...] = ()

    @property
    def files(self) -> tuple[OldFile, ...]:
        """All of them."""
        single = (self.node, self.authority, self.swarm, self.portainer, self.routes)
        many = (self.guests, self.texts, self.certificates, self.stacks)
        return (
            *(each for each in single if each is not None),
            *(each for group in many for each in group.values()),
        )


def answer(path: str, data: Mapping[str, Any]) -> OldFile:
    """An answer that has no lines."""
    return OldFile(path, dict(data), {})


def numbered(path: str, text: str) -> OldFile:
    """A text whose lines are told by their numbers; empty ones are none."""
    data: dict[str, Any] = {"lines": []}
    places: dict[Loc, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            places["lines", len(data["lines"])] = number
            data["lines"].append(line.strip())
    return OldFile(path, data, places)


def at(old: Old, *steps: str) -> Old | None:
    """What stands below, None where a step leads nowhere."""
    found: Old | None = old
    for step in steps:
        found = found.get(step) if found is not None and isinstance(found.data, dict) else None
    return found
