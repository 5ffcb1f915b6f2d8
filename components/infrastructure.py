"""Stage 1: stack files on the shared path, DNS and firewall on the node, the guests, trust in their authority."""

from collections.abc import Mapping

import pulumi

from components.guest import Guest
from components.stage import Stage
from phoenix.features.artifact import Artifact
from phoenix.model import Cluster
from phoenix.plan import authority, dns, features, firewall, guests, order, stack_files
from phoenix.providers.authority_roots import AuthorityRoots
from phoenix.providers.directory import Directory
from phoenix.providers.file_set import FileSet
from phoenix.providers.owner import Owner
from phoenix.providers.stack_files import StackFiles
from phoenix.providers.trusted_root import TrustedRoot
from phoenix.settings import Settings


class Infrastructure(Stage):
    """Everything that the Swarm needs to exist before it."""

    def __init__(
        self, cluster: Cluster, settings: Settings, artifacts: Mapping[str, Artifact], parent: pulumi.Resource
    ) -> None:
        super().__init__("infrastructure", parent)
        self._cluster = cluster
        stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
        self._after = (Owner("owner", {"node": str(cluster.node.ip), "owner": stack}, self.options()),)
        shares = self._shared_directories()
        for name, files in stack_files.by_stack(cluster).items():
            properties = {
                "node": str(cluster.node.ip),
                "directory": f"{cluster.node.paths.stacks}/{name}",
                "files": files,
            }
            StackFiles(f"stack-files-{name}", properties, self.options(*shares))
        names = self._dns()
        wall = self._firewall()
        self.guests: dict[int, Guest] = {}
        roots: AuthorityRoots | None = None
        for vmid in order.creation_order(cluster):
            waits = [self.guests[each] for each in order.waits_for(cluster, vmid)]
            guest = cluster.guest(vmid)
            self.guests[vmid] = Guest(cluster, guest, settings, artifacts, self, [names, wall, *shares, *waits], roots)
            if guest is cluster.ca_guest:
                roots = AuthorityRoots("authority-roots", authority.roots(cluster), self.options(self.guests[vmid]))
        assert roots is not None
        self.roots = roots
        self._trust()
        self.register_outputs({})

    def _shared_directories(self) -> list[Directory]:
        paths = self._cluster.node.paths
        shared = [paths.stacks, *(f"{paths.vm_persistent}/{each.vmid}" for each in self._cluster.machines if each.nfs)]
        return [
            Directory(f"shared-{path}", {"target": guests.host(self._cluster), "path": path}, self.options())
            for path in shared
        ]

    def _dns(self) -> FileSet:
        properties = {
            "target": guests.host(self._cluster),
            "name": "dnsmasq",
            "files": {
                dns.DNSMASQ_PATH: {"content": dns.dnsmasq_config(self._cluster)},
                dns.RESOLV_PATH: {"content": dns.resolv_conf(self._cluster)},
            },
            # the package's unit names the directory on the command line, so that a bare --test would not look there
            "check": ["dnsmasq", "--test", "-C", "/dev/null", "--conf-dir=/etc/dnsmasq.d,*.conf"],
            "reload": ["systemctl", "restart", "dnsmasq"],
        }
        return FileSet("dns", properties, self.options())

    def _firewall(self) -> FileSet:
        files = {path: {"content": content} for path, content in firewall.files(self._cluster).items()}
        properties = {
            "target": guests.host(self._cluster),
            "name": "firewall",
            "files": files,
            "reload": ["systemctl", "restart", "pve-firewall"],
        }
        return FileSet("firewall", properties, self.options())

    def _trust(self) -> None:
        properties = {
            "target": guests.host(self._cluster),
            "name": "phoenix_internal_root_ca",
            "source": features.root_path(self._cluster),
            "made_from": self.roots.anchors,
        }
        TrustedRoot("node-trusted-root", properties, self.options(self.roots))
