"""Proxmox firewall files: every rule in `cluster.fw`, one security group a guest, `<vmid>.fw` referring to it.

Proxmox applies the rules of `cluster.fw` to nodes only; a guest is protected by its own file, which here turns the
firewall on and names the guest's group. https://pve.proxmox.com/pve-docs/chapter-pve-firewall.html
"""

from phoenix.model import Cluster, FirewallRule
from phoenix.plan import targets
from phoenix.plan.connections import connections, guest_rules, node_rules
from phoenix.specs.files import FileSetSpec, SetFile

DIRECTORY = "/etc/pve/firewall"


def file_set(cluster: Cluster) -> FileSetSpec:
    """The node's and the guests' firewall."""
    return FileSetSpec(
        target=targets.node(cluster),
        name="firewall",
        files={path: SetFile(content=content) for path, content in files(cluster).items()},
        # a restart would take every rule away for a moment
        reload=("systemctl", "reload-or-restart", "pve-firewall"),
    )


def files(cluster: Cluster) -> dict[str, str]:
    """Path on the node -> content, for the cluster and for every guest whose firewall is on."""
    guests = {
        f"{DIRECTORY}/{guest.vmid}.fw": _guest_file(guest.vmid) for guest in cluster.guests if guest.firewall.enabled
    }
    return {f"{DIRECTORY}/cluster.fw": _cluster_file(cluster), **guests}


def group(vmid: int) -> str:
    """Name of the guest's security group; Proxmox allows 18 characters."""
    return f"guest-{vmid}"


def _cluster_file(cluster: Cluster) -> str:
    firewall, needed = cluster.firewall, connections(cluster)
    lines = [
        "[OPTIONS]",
        "",
        f"enable: {int(firewall.enabled)}",
        f"policy_in: {firewall.policy_in}",
        f"policy_out: {firewall.policy_out}",
        "",
        "[RULES]",
        "",
        *map(line, node_rules(cluster, needed)),
    ]
    for guest in cluster.guests:
        if guest.firewall.enabled:
            lines += ["", f"[group {group(guest.vmid)}] # {guest.name}", ""]
            lines += map(line, guest_rules(cluster, guest, needed))
    return "\n".join(lines) + "\n"


def _guest_file(vmid: int) -> str:
    return f"[OPTIONS]\n\nenable: 1\n\n[RULES]\n\nGROUP {group(vmid)}\n"


def line(rule: FirewallRule) -> str:
    """One rule as Proxmox writes it: `IN ACCEPT -source 10.0.0.12/32 -p tcp -dport 80,443 # comment`."""
    words = [rule.direction.upper(), rule.action]
    if rule.interface:
        words += ["-i", rule.interface]
    if rule.source:
        words += ["-source", str(rule.source).removesuffix("/32")]
    if rule.dest:
        words += ["-dest", str(rule.dest).removesuffix("/32")]
    if rule.proto:
        words += ["-p", rule.proto]
    if rule.ports:
        words += ["-dport", ",".join(map(str, rule.ports))]
    if rule.comment:
        words += ["#", rule.comment]
    return " ".join(words)
