"""Proxmox firewall files: every rule in `cluster.fw`, one security group a guest, `<vmid>.fw` referring to it.

Proxmox applies the rules of `cluster.fw` to nodes only; a guest is protected by its own file, which here turns the
firewall on and names the guest's group. https://pve.proxmox.com/pve-docs/chapter-pve-firewall.html
Others may have their parts in these files; `phoenix.specs.firewall` says how ours are known.
"""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, IPv6Network

from phoenix.model import Cluster, FirewallRule, LxcGuest, VmGuest
from phoenix.plan import targets
from phoenix.plan.connections import connections, guest_rules, node_rules
from phoenix.specs.files import FileSetSpec, SetFile
from phoenix.specs.firewall import MARK, Group, Part, marked, render

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
    guests = {f"{DIRECTORY}/{guest.vmid}.fw": _guest_file(guest) for guest in cluster.guests if guest.firewall.enabled}
    return {f"{DIRECTORY}/cluster.fw": _cluster_file(cluster), **guests}


def group(vmid: int) -> str:
    """Name of the guest's security group; Proxmox allows 18 characters."""
    return f"guest-{vmid}"


def _cluster_file(cluster: Cluster) -> str:
    firewall, needed = cluster.firewall, connections(cluster)
    options = {
        "enable": str(int(firewall.enabled)),
        "policy_in": str(firewall.policy_in),
        "policy_out": str(firewall.policy_out),
    }
    groups = {
        group(guest.vmid): Group(marked(guest.name), tuple(map(line, guest_rules(cluster, guest, needed))))
        for guest in cluster.guests
        if guest.firewall.enabled
    }
    marks = (rule.model_copy(update={"comment": marked(rule.comment)}) for rule in node_rules(cluster, needed))
    return render(Part(options, (*map(line, marks), *_of_others(firewall.groups)), groups))


def _guest_file(guest: LxcGuest | VmGuest) -> str:
    # the group's name is its mark
    return render(Part({"enable": "1"}, (f"GROUP {group(guest.vmid)}", *_of_others(guest.firewall.groups))))


def _of_others(groups: Iterable[str]) -> Iterator[str]:
    return (f"GROUP {name} # {MARK}" for name in groups)


def line(rule: FirewallRule) -> str:
    """One rule as Proxmox writes it: `IN ACCEPT -source 10.0.0.12/32 -p tcp -dport 80,443 # comment`."""
    given = {
        "-i": rule.interface,
        "-source": rule.source and _address(rule.source),
        "-dest": rule.dest and _address(rule.dest),
        "-p": rule.proto,
        "-dport": ",".join(map(str, rule.ports)),
        "-sport": ",".join(map(str, rule.source_ports)),
        "-log": rule.log,
        "-icmp-type": rule.icmp_type,
        "#": rule.comment.strip(),
    }
    action = f"{rule.macro}({rule.action})" if rule.macro else rule.action
    words = [f"{option} {value}" for option, value in given.items() if value]
    return " ".join([rule.direction.upper(), action, *words])


def _address(value: IPv4Network | IPv6Network | str) -> str:
    # as Proxmox writes one alone
    return value if isinstance(value, str) else str(value).removesuffix(f"/{value.max_prefixlen}")
