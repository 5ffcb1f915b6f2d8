"""One guest with everything that lives in it: mounted directories, the guest, its features, its snapshot."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from phoenix.clients.ssh import public_key
from phoenix.features.artifact import Artifact
from phoenix.features.registry import FEATURES
from phoenix.model import Cluster, LxcGuest, VmGuest
from phoenix.plan import features, guests
from phoenix.providers.authority_roots import AuthorityRoots
from phoenix.providers.directory import Directory
from phoenix.providers.feature import Feature
from phoenix.providers.guest.lxc import Lxc
from phoenix.providers.guest.vm import Vm
from phoenix.providers.nfs_mount import NfsMount
from phoenix.providers.snapshot import Snapshot
from phoenix.settings import Settings


class Guest(pulumi.ComponentResource):
    """The guest is complete when every resource of this component is; it trusts `roots`, where they are known."""

    def __init__(
        self,
        cluster: Cluster,
        guest: LxcGuest | VmGuest,
        settings: Settings,
        artifacts: Mapping[str, Artifact],
        parent: pulumi.Resource,
        after: Sequence[pulumi.Resource],
        roots: AuthorityRoots | None = None,
    ) -> None:
        name = f"{guest.vmid}-{guest.host_name}"
        super().__init__("phoenix:index:Guest", name, None, pulumi.ResourceOptions(parent=parent))
        self._cluster, self._guest, self._settings, self._artifacts = cluster, guest, settings, artifacts
        self._name, self._after, self._roots = name, after, roots
        self.resource = self._make()
        last: pulumi.Resource = self._mount_shares(self.resource)
        for feature in guest.features:
            last = self._install(feature, last)
        if isinstance(guest, LxcGuest) and guest.template:
            self._freeze(last)
        self.register_outputs({})

    def _options(self, *after: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=[*self._after, *after])

    def _inside(self, *after: pulumi.Resource) -> pulumi.ResourceOptions:
        # what lives in a guest is gone with it
        return pulumi.ResourceOptions.merge(self._options(*after), pulumi.ResourceOptions(deleted_with=self.resource))

    def _make(self) -> Lxc | Vm:
        cluster, guest, settings = self._cluster, self._guest, self._settings
        protect = guests.protected(guest, settings.protect)
        given: dict[str, Any] = {"protect": settings.protect, "allow_reboot": settings.allow_reboot}
        if isinstance(guest, VmGuest):
            properties = guests.machine(cluster, guest, ssh_public_key=public_key(settings.ssh_key), **given)
            kind: type[Lxc] | type[Vm] = Vm
            directories: list[Directory] = []
        else:
            properties = guests.container(cluster, guest, **given)
            kind = Lxc
            directories = [
                Directory(f"{self._name}-{each['path']}", each, self._options())
                for each in guests.mounted_directories(cluster, guest)
            ]
        protection = pulumi.ResourceOptions(protect=protect)
        return kind(self._name, properties, pulumi.ResourceOptions.merge(self._options(*directories), protection))

    def _mount_shares(self, last: pulumi.Resource) -> pulumi.Resource:
        for volume in self._guest.nfs if isinstance(self._guest, VmGuest) else ():
            properties = {
                "target": guests.target(self._cluster, self._guest),
                "source": f"{volume.server}:{volume.path}",
                "mount_point": volume.mount_point,
            }
            last = NfsMount(f"{self._name}-{volume.mount_point}", properties, self._inside(last))
        return last

    def _install(self, feature: Any, last: pulumi.Resource) -> Feature:
        mirror = self._settings.registry_mirror
        needed = FEATURES[feature.name].artifacts
        properties: dict[str, Any] = {
            "target": guests.target(self._cluster, self._guest),
            "feature": str(feature.name),
            "options": features.options(self._cluster, self._guest, feature, registry_mirror=mirror),
            "artifacts": {each: self._artifacts[each].model_dump() for each in needed},
            "running": self._guest.running,
        }
        if self._roots and FEATURES[feature.name].reads_node:
            properties["made_from"] = self._roots.anchors
        return Feature(f"{self._name}-{feature.name}", properties, self._inside(last))

    def _freeze(self, last: pulumi.Resource) -> None:
        node = self._cluster.node
        properties = {
            "node": str(node.ip),
            "node_name": node.name,
            "api_port": node.api_port,
            "vmid": self._guest.vmid,
            "name": guests.SNAPSHOT,
        }
        Snapshot(f"{self._name}-{guests.SNAPSHOT}", properties, self._inside(last))
