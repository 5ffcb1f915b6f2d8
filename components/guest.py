"""One guest with everything that lives in it: mounted directories, the guest, its features, its snapshot."""

from collections.abc import Sequence

import pulumi

from phoenix.features.registry import FEATURES
from phoenix.plan.guests import GuestPlan
from phoenix.providers.files.directory import Directory
from phoenix.providers.inside.feature import Feature
from phoenix.providers.inside.nfs_mount import NfsMount
from phoenix.providers.pki.authority_roots import AuthorityRoots
from phoenix.providers.proxmox.guest.lxc import Lxc
from phoenix.providers.proxmox.guest.vm import Vm
from phoenix.providers.proxmox.snapshot import Snapshot
from phoenix.specs.guest import LxcSpec
from phoenix.specs.inside import FeatureSpec


class Guest(pulumi.ComponentResource):
    """The guest is complete when every resource of this component is; it trusts `roots`, where they are known."""

    def __init__(
        self,
        plan: GuestPlan,
        parent: pulumi.Resource,
        after: Sequence[pulumi.Resource],
        roots: AuthorityRoots | None = None,
    ) -> None:
        super().__init__("phoenix:index:Guest", plan.name, None, pulumi.ResourceOptions(parent=parent))
        self._name, self._after, self._roots = plan.name, after, roots
        directories = [Directory(f"{plan.name}-{each.path}", each, self._options()) for each in plan.directories]
        protection = pulumi.ResourceOptions(protect=plan.protect)
        options = pulumi.ResourceOptions.merge(self._options(*directories), protection)
        self.resource: Lxc | Vm = (
            Lxc(plan.name, plan.guest, options)
            if isinstance(plan.guest, LxcSpec)
            else Vm(plan.name, plan.guest, options)
        )
        last: pulumi.Resource = self.resource
        for share in plan.shares:
            last = NfsMount(f"{plan.name}-{share.mount_point}", share, self._inside(last))
        for feature in plan.features:
            last = self._install(feature, last)
        if plan.snapshot is not None:
            Snapshot(f"{plan.name}-{plan.snapshot.name}", plan.snapshot, self._inside(last))
        self.register_outputs({})

    def _options(self, *after: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=[*self._after, *after])

    def _inside(self, last: pulumi.Resource) -> pulumi.ResourceOptions:
        # what lives in a guest is gone with it; what the guest waited for is behind `last`
        return pulumi.ResourceOptions(parent=self, depends_on=[last], deleted_with=self.resource)

    def _install(self, spec: FeatureSpec, last: pulumi.Resource) -> Feature:
        name = f"{self._name}-{spec.feature}"
        if self._roots and FEATURES[spec.feature].reads_node:
            return Feature(name, spec, self._inside(last), made_from=self._roots.anchors)
        return Feature(name, spec, self._inside(last))
